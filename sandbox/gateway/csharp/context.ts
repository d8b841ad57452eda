/**
 * What policy expressions see: `context`, as the gateway supplies it. Plain data; members.ts says which C# members read it.
 */
import type { HeaderList } from "../../http.ts";
import type { Value } from "./values.ts";

/** A request or response body, which the gateway has buffered because the expression's `reads` said so. */
export interface MessageBody {
  /**
   * All bytes. Without `preserveContent` the body is consumed by this call.
   * Throws CsException when it was already consumed.
   */
  bytes(preserveContent: boolean): Uint8Array;
  /** The message has no body: API Management shows null for a request without one, and `As` on it throws. */
  readonly absent?: boolean;
  /** An answer's body that is not buffered, under the readings in which nobody can read it: null stands in its place, or `bytes` throws. */
  readonly unreadable?: "null" | "throws";
}

export interface PolicyRequest {
  method: string;
  /** Where the request will go, or went: shows rewrites and the chosen backend. */
  url: URL;
  /** As the caller sent it. */
  originalUrl: URL;
  headers: HeaderList;
  ipAddress: string;
  /** Values of the URL template's parameters. */
  matchedParameters: Map<string, string>;
  body: MessageBody;
}

/** Also the value of a variable that `send-request` or `return-response` names. */
export interface PolicyResponse {
  statusCode: number;
  statusReason: string;
  headers: HeaderList;
  body: MessageBody;
}

export interface PolicyError {
  source: string;
  reason: string;
  message: string;
  scope: string | null;
  section: string | null;
  path: string | null;
  policyId: string | null;
}

export interface PolicyContext {
  /** A GUID. */
  requestId: string;
  /** Milliseconds since the epoch when the request arrived. */
  timestamp: number;
  /** Milliseconds since the request arrived. */
  elapsedMs(): number;
  api?: {
    id: string;
    name: string;
    path: string;
    revision?: string;
    version?: string;
    isCurrentRevision?: boolean;
    serviceUrl?: URL;
  };
  operation?: { id: string; name: string; method: string; urlTemplate: string };
  product?: {
    id: string;
    name: string;
    approvalRequired?: boolean;
    subscriptionRequired?: boolean;
    subscriptionsLimit?: number;
    state?: "NotPublished" | "Published";
  };
  /** Dates in milliseconds since the epoch. */
  subscription?: {
    id: string;
    name: string;
    key: string;
    primaryKey: string;
    secondaryKey: string;
    createdDate?: number;
    startDate?: number;
    endDate?: number;
  };
  user?: { id: string; email: string; firstName: string; lastName: string; note?: string; registrationDate?: number };
  deployment: { region: string; serviceName: string; serviceId: string; gatewayId: string };
  request: PolicyRequest;
  /** Null before the first response. */
  response: PolicyResponse | null;
  /** C# values by name; a literal in the policy is a string. */
  variables: Map<string, Value>;
  lastError: PolicyError | null;
  /** `context.Tracing`; false when absent. */
  tracing?: boolean;
  trace(text: string): void;
}
