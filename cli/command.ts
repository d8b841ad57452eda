/**
 * Commands as npm runs them: `npm run plan --stack dev`, without `--` in front of its options, keeps the options for npm itself, which says little or
 * nothing of it. Every command here finds that out and says what to write.
 */
import { Command as Plain } from "@commander-js/extra-typings";

/** What npm makes of the names of some of our options: it completes what it takes for abbreviations of its own. */
const COMPLETED: Record<string, string> = { to: "token_description", format: "format_package_lock" };

/** Options that people set for npm itself, in files and in the environment: that one is set says nothing. */
const NPMS_OWN = ["yes", "scope"];

type Environment = Readonly<Record<string, string | undefined>>;

export class Command extends Plain {
  override parse(...given: Parameters<Plain["parse"]>): this {
    this.#refuseForgottenDashes();
    super.parse(...given);
    return this;
  }

  override parseAsync(...given: Parameters<Plain["parseAsync"]>): Promise<this> {
    this.#refuseForgottenDashes();
    return super.parseAsync(...given) as Promise<this>;
  }

  /** Also what npm leaves of `npm run plan -s dev`, which is `dev` alone. */
  override error(message: string, options?: { exitCode?: number; code?: string }): never {
    const hint =
      options?.code === "commander.excessArguments" && runByNpm(this.name(), process.env)
        ? `\nOptions follow "--": ${this.name()} --stack NAME`
        : "";
    return super.error(message + hint, options);
  }

  #refuseForgottenDashes(): void {
    const way = withDashes(this, process.argv.slice(2), process.env);
    if (way !== undefined)
      this.error(`error: npm kept options of this command for itself, because "--" is missing. Write: ${way}`);
  }
}

/** `npm run lint:policy --` is run by the script `lint:policy`, `npm start --` by `start`. */
const runByNpm = (name: string, environment: Environment) => {
  const [, script] = /^npm (?:run )?(\S+)/.exec(name) ?? [];
  return script !== undefined && environment.npm_lifecycle_event === script;
};

interface Known {
  name(): string;
  options: readonly { long?: string; required: boolean; optional: boolean; variadic?: boolean }[];
  commands: readonly Known[];
}

/**
 * What to write in place of a call whose options npm has kept; undefined where it has kept none.
 * @param args  what npm has passed on
 */
export function withDashes(command: Known, args: readonly string[], environment: Environment): string | undefined {
  if (!runByNpm(command.name(), environment)) return undefined;
  const sub = command.commands.find((one) => one.name() === args[0]);
  const words = sub ? args.slice(1) : [...args];
  const options = [...(sub ?? command).options];
  const kept = options.flatMap(({ long = "", required, optional }) => {
    const name = long.replace(/^--(no-)?/, "");
    const key = COMPLETED[name] ?? name.replaceAll("-", "_");
    const value = NPMS_OWN.includes(name) || args.includes(long) ? undefined : environment[`npm_config_${key}`];
    return value === undefined || value === "" ? [] : [{ long, value, takesValue: required || optional }];
  });
  if (kept.length === 0) return undefined;
  const written = kept.flatMap(({ long, value, takesValue }) => {
    if (!takesValue) return [long];
    // npm 11 takes the option alone and passes its value on as a word; older ones keep both.
    return value.split("\n\n").map((one) => `${long} ${one === "true" ? (words.shift() ?? "VALUE") : one}`);
  });
  return [command.name(), ...(sub ? [sub.name()] : []), ...written, ...words].join(" ");
}
