import type { Reading } from '../model/outcome.ts';
import type {
  AccountsFact,
  BootFact,
  DiskFact,
  IdentityFact,
  InitFact,
  Listener,
  ManagersFact,
  OsFact,
  OwnStateFact,
  PackagesFact,
  SessionFact,
  SshdFact,
  ToolsFact,
  VirtualisationFact,
  WhoFact,
} from './values.ts';

/** Every fact by name. A new fact is one file and one line here (and in the registry below). */
export type Readings = {
  readonly os: Reading<OsFact>;
  readonly init: Reading<InitFact>;
  readonly virtualisation: Reading<VirtualisationFact>;
  readonly identity: Reading<IdentityFact>;
  readonly boot: Reading<BootFact>;
  readonly who: Reading<WhoFact>;
  readonly accounts: Reading<AccountsFact>;
  readonly sshd: Reading<SshdFact>;
  readonly listeners: Reading<readonly Listener[]>;
  readonly disk: Reading<readonly DiskFact[]>;
  readonly packages: Reading<PackagesFact>;
  readonly sessions: Reading<readonly SessionFact[]>;
  readonly managers: Reading<ManagersFact>;
  readonly ownState: Reading<OwnStateFact>;
  readonly tools: Reading<ToolsFact>;
};
