/**
 * What the inference document remembers while it serves one request. Members are known by their backend id.
 */
import { bool, initial, int, long, string, variables } from "./language/index.ts";

export const state = variables({
  /** What `GET /models` lists, as a JSON array. */
  models: string("[]"),
  /** One of it. */
  model: string(""),
  /** Why the request is refused, or would be if no further member served it: see `refusal` in errors.ts. Empty while there is no reason. */
  refusal: string(""),
  /** Headers that must not pass, and query parameters, each after a blank. */
  extra: string(""),
  parameters: string(""),
  /** `=` or `~` and the model that the body names, which may be none, else a refusal: see body.ts. Empty where nobody asked. */
  named: string(""),
  /** Deployment the request is for; empty when there is none, or none yet. */
  deployment: string(""),
  /** The call goes straight to an account, past the entrance. */
  straight: bool(false),
  /** Backend id of its pool. */
  pool: string(""),
  /** Its members, see members.ts: `backend account mark`, later `backend weight mark`. */
  members: string(""),
  /** What each of them can take. */
  weights: string(""),
  /** Tokens that the call may take, see size.ts. */
  estimate: long(0n),
  /** Members that have as many in a minute. */
  fitting: string(""),
  /** Attempts after the first. */
  retries: int(1),
  /** The body is too large to be buffered: one attempt. */
  large: bool(false),
  /** Members not yet known to be out, in the order in which they would be tried: `,a,b,`; `,` when none is left. */
  route: string(","),
  /** Members are addressed one by one; until then the pool chooses. */
  steer: bool(false),
  /** Backend id of the present attempt: the pool or a member. */
  target: string(""),
  /** The present attempt got an answer. Never look at `context.Response` before this is true: after a failed call it may be absent, old or made up. */
  answered: bool(true),
  /** `error.code` of the answer, where the status alone does not say enough. */
  errorCode: string(""),
  /** What the answer means: `throttled` or `outage` (leave this member), empty (it is the caller's). */
  verdict: string(""),
  /** Member that answered; empty when unknown. */
  who: string(""),
  /** When that member takes requests again, ms since 1970. */
  until: long(0n),
  /** What members said in this request: `,member=until verdict`, later ones last. */
  said: string(""),
  /** By when the caller must have an answer, ms since 1970. */
  deadline: long(0n),
});

/** Those that may be read before something sets them; routing.ts has two more. */
export const declareState = () => {
  const { deployment, steer, answered, verdict, said } = state;
  return initial({ deployment, steer, answered, verdict, said });
};
