export { runWizard, type WizardOptions } from './app.ts';
export type { Opened, OpenSession } from './effects.ts';
