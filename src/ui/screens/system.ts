// What was found, and the profile that is walked because of it.
import { systemRows } from '../../report/system-text.ts';
import { type Line, line, span } from '../lines.ts';
import type { Document } from './area.ts';
import { labelled } from './labelled.ts';

export const systemDocument: Document = ({ survey, target }, width) => {
  if (survey === null) return [];
  const rows = systemRows(survey.context, survey).flatMap(([label, text]) =>
    labelled(label, text, width - 2),
  );
  return [
    [],
    line(' ', span(`What was found on ${target}`, 'strong')),
    [],
    ...rows.map((it): Line => [span(' '), ...it]),
  ];
};
