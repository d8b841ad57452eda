/**
 * The engine's own account of a run: `--event-log`, one JSON object a line.
 */

export interface Step {
  /** create, update, delete, create-replacement, delete-replaced, replace, refresh ... */
  op: string;
  urn: string;
  /** `azure-native:cognitiveservices:Account` */
  type: string;
}

export interface EventLog {
  /** Resources by what became of them, as the engine sums up: `{ create: 3, same: 1 }`. Empty where the run did not come that far. */
  changes: Record<string, number>;
  /** What was done, in the order it was begun. What stayed the same, and the engine's own default providers, are left out. */
  steps: Step[];
  /** Errors in the engine's words, each with the resource it is about. */
  errors: string[];
  /** Warnings of the program and of providers, as they said them. */
  warnings: string[];
}

interface EngineEvent {
  resourcePreEvent?: { metadata: Step };
  summaryEvent?: { resourceChanges?: Record<string, number> };
  diagnosticEvent?: { severity: string; message: string; urn?: string };
  policyEvent?: { resourceUrn?: string; message: string; policyName: string; enforcementLevel: string };
}

/** @param text  as the engine wrote it */
export function readEventLog(text: string): EventLog {
  const log: EventLog = { changes: {}, steps: [], errors: [], warnings: [] };
  const report = (urn: string | undefined, message: string) => {
    const error = urn ? `${shortName(urn)}: ${plain(message)}` : plain(message);
    if (!log.errors.includes(error)) log.errors.push(error);
  };
  for (const { resourcePreEvent, summaryEvent, diagnosticEvent, policyEvent } of events(text)) {
    if (resourcePreEvent) {
      const { op, urn, type } = resourcePreEvent.metadata;
      if (op !== "same" && !isDefaultProvider(urn)) log.steps.push({ op, urn, type });
    }
    if (summaryEvent) log.changes = summaryEvent.resourceChanges ?? {};
    if (diagnosticEvent?.severity === "error") report(diagnosticEvent.urn, diagnosticEvent.message);
    if (diagnosticEvent?.severity === "warning") log.warnings.push(plain(diagnosticEvent.message));
    if (policyEvent?.enforcementLevel === "mandatory")
      report(policyEvent.resourceUrn, `policy ${policyEvent.policyName}: ${policyEvent.message}`);
  }
  // The last word of every failed run; it says something only when nothing else was said.
  const specific = log.errors.filter((error) => !/^(update|preview|refresh|destroy) failed$/.test(error));
  return specific.length > 0 ? { ...log, errors: specific } : log;
}

function events(text: string): EngineEvent[] {
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as EngineEvent];
    } catch {
      // The empty end, or the line that a killed engine was writing.
      return [];
    }
  });
}

const isDefaultProvider = (urn: string) => /::pulumi:providers:[^:]+::default(_|$)/.test(urn);

/** `urn:pulumi:dev::project::azure-native:network:Subnet::gateway` -> `Subnet gateway` */
function shortName(urn: string): string {
  const [, , type = "", name = ""] = urn.split("::");
  return `${type.split("$").at(-1)?.split(":").at(-1)} ${name}`;
}

/** Without the engine's colour marks. */
const plain = (message: string) => message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
