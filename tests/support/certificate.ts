/** The certificate that a stack with an Application Gateway needs, and the authority that issued it. */
import { X509Certificate } from "node:crypto";
import { makeAuthority, makeCertificate } from "../../cli/pfx.ts";
import type { Topology } from "../../stacks/catalog/topologies.ts";

/** Of the dev stack's Application Gateway. */
const HOST = "openai.dev.contoso.example";
const notBefore = new Date("2026-11-01T00:00:00Z");

const authority = makeAuthority("Test Authority", notBefore, 100);
const { pfx, password } = makeCertificate({ host: HOST, notBefore, days: 90, authority });

/** What API Management trusts beside the public authorities. */
export const trusted = [new X509Certificate(authority.certificate)];

/** The topology, with what it needs to be deployed. */
export const deployable = (topology: Topology) => ({
  topology,
  ...(topology === "application-gateway" && { certificatePfx: pfx, certificatePassword: password }),
});
