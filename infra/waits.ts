/**
 * Waits for what Azure has accepted and not yet done. Pulumi tries nothing a second time that Azure has refused, so who uses a new role too early has
 * failed the whole update.
 */
import { all, type Input, log, type Output, output, type Resource, runtime } from "@pulumi/pulumi";
import type { authorization } from "./azure.ts";

/** Seconds until a role assignment holds everywhere, at most. Troubleshoot Azure RBAC, 2026: up to 10 minutes. */
const ROLE_SECONDS = 10 * 60;

/**
 * A value, given out once a role has had its time. Azure says when the assignment was made, so only a new one is waited for, and nothing is waited for
 * in a preview.
 * @param waiting  resource that is told as the one that waits; it need not be there
 */
export function onceGranted<T>(
  value: Input<T>,
  role: authorization.RoleAssignment,
  waiting: { what: string; resource?: Resource },
): Output<T> {
  // biome-ignore lint/suspicious/noExplicitAny: Pulumi unwraps the value by its own types, which a type parameter cannot say.
  return all([output(value) as Output<any>, role.createdOn]).apply(async ([given, createdOn]) => {
    if (runtime.isDryRun()) return given as T;
    const ms = waitFor(createdOn, ROLE_SECONDS);
    if (ms > 0) {
      const minutes = `${Math.ceil(ms / 60_000)} ${ms > 60_000 ? "minutes" : "minute"}`;
      log.info(`${waiting.what} waits up to ${minutes}: a role assignment holds everywhere after ten at most.`, waiting.resource);
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
    return given as T;
  });
}

/**
 * Milliseconds that this machine has to wait until `seconds` of Azure's have passed since a moment of Azure's. A clock here that is behind or ahead
 * makes them neither more than that nor fewer than none.
 * @param since  as Azure writes it: `2026-11-24T09:00:00.0000000Z`; not said, or no time: nothing to wait for
 */
export function waitFor(since: string | undefined, seconds: number, clock = azureClock(), now = Date.now()): number {
  const began = Date.parse(since ?? "");
  if (Number.isNaN(began) || clock.durationScale === Number.POSITIVE_INFINITY) return 0;
  const passed = (azureNow(clock, now) - began) * clock.durationScale;
  const left = Math.min(seconds * 1000, Math.max(0, seconds * 1000 - passed));
  return left / clock.durationScale / clock.speed;
}

interface AzureClock {
  /** The same moment on this machine's calendar and on Azure's, ms. */
  here: number;
  there: number;
  /** Azure's seconds per second of this machine's. */
  speed: number;
  /** Durations there are divided by this; Infinity: nothing takes time. */
  durationScale: number;
}

const azureNow = ({ here, there, speed }: AzureClock, now: number) => there + (now - here) * speed;

/** This machine's. The local Azure has a calendar and durations of its own, and says them to the program in AOAI_CLOCK. */
function azureClock(): AzureClock {
  const { here = 0, there = 0, speed = 1, durationScale = 1 } = JSON.parse(process.env.AOAI_CLOCK || "{}");
  // JSON has no Infinity.
  return { here, there, speed, durationScale: durationScale ?? Number.POSITIVE_INFINITY };
}
