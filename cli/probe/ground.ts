/**
 * Where a probe stands: the local Azure, or a subscription. Both are told what to deploy and to take down, and answer over HTTP.
 */
import type { Clock, Gateway } from "./http.ts";
import type { Names } from "./wanted.ts";

export interface Ground {
  target: "azure" | "local";
  clock: Clock;
  /** Names of a run that was not taken down to its end; undefined: there is none. */
  leftOver(): Names | undefined;
  /** Remembers the names before anything of theirs is made. */
  remember(names: Names): void;
  deploy(names: Names): Promise<Gateway>;
  /** Deletes and purges everything of these names, however far it had come, and forgets them. Run again after a kill at any moment. */
  takeDown(names: Names): Promise<void>;
  close(): Promise<void>;
}
