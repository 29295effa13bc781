// The question for a machine, where none was named, with machines that are known.
import { Walk } from './drive.ts';

export const KNOWN = [
  { target: 'ana@shop.example.com', about: 'here within the hour' },
  { target: 'root@192.0.2.7:2222', about: 'here 3 days ago' },
  { target: 'web-1', about: 'in your ssh_config' },
  { target: 'web-2', about: 'in your ssh_config' },
];

export const asking = (size = { rows: 24, columns: 80 }) => new Walk({ target: '', known: KNOWN, size });
