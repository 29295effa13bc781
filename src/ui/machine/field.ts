// One-line editor. Rules: pure; positions count code points; control characters never enter the text; a field that is
// full drops what does not fit.
import type { InputEvent } from './event.ts';

export type Field = { readonly text: string; readonly cursor: number };

const LIMIT = 8192;

export const emptyField: Field = { text: '', cursor: 0 };

export function fieldOf(text: string): Field {
  return { text, cursor: Array.from(text).length };
}

function insert(field: Field, text: string): Field {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  const points = Array.from(field.text);
  const added = Array.from(clean).slice(0, Math.max(0, LIMIT - points.length));
  points.splice(field.cursor, 0, ...added);
  return { text: points.join(''), cursor: field.cursor + added.length };
}

function without(field: Field, index: number): Field {
  const points = Array.from(field.text);
  if (index < 0 || index >= points.length) return field;
  points.splice(index, 1);
  return { text: points.join(''), cursor: index };
}

/** The field after one input; undefined when the input is not for a line editor (Enter, Escape, up, down…). */
export function editField(field: Field, input: InputEvent): Field | undefined {
  if (input.type === 'paste') return insert(field, input.text);
  switch (input.key) {
    case 'left':
      return { ...field, cursor: Math.max(0, field.cursor - 1) };
    case 'right':
      return { ...field, cursor: Math.min(Array.from(field.text).length, field.cursor + 1) };
    case 'home':
      return { ...field, cursor: 0 };
    case 'end':
      return fieldOf(field.text);
    case 'backspace':
      return field.cursor === 0 ? field : without(field, field.cursor - 1);
    case 'delete':
      return without(field, field.cursor);
    case 'ctrl-u':
      return emptyField;
    default:
      return input.text === '' ? undefined : insert(field, input.text);
  }
}
