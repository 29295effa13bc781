export { runWizard } from './app.ts';
