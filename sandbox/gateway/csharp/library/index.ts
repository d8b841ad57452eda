/** Everything an expression may use; importing it fills the member table. */
import "./primitives.ts";
import "./collections.ts";
import "./dates.ts";
import "./net.ts";
import "./newtonsoft.ts";
import "./policy.ts";
