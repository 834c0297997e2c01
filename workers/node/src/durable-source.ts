/**
 * `durable-functions` as it is loaded. Its executor is made to put a key on every action that it returns, so that the
 * host can tell a task that is yielded again from one that is like it (durable-js#85, #574), and the first id that it
 * gave to it; version 3 can be kept
 * between turns; and version 2, which was published for an older Node, gets back a function that newer ones lack.
 */
import { warmModule } from './warm-orchestrators.ts'

const sdkFile =
  /[\\/]lib[\\/]src[\\/](?:orchestrations[\\/]|actions[\\/])?(?:TaskOrchestrationExecutor|Orchestrator|createtimeraction)\.js$/i

/** Whether the file may be one of the SDK's that are changed. */
export function isDurableSource(filename: string): boolean {
  return sdkFile.test(filename)
}

/** Also for bundles that hold the SDK. Sources that look otherwise are left as they are. */
export function transformDurable(source: string): string {
  return source
    .replace(/\bmarkAsScheduled\((\w+)\) \{(?=\s*if \(\1 instanceof)/, (opening, task: string) => {
      return `${opening} if (${task}.action && typeof ${task}.action === "object") ${task}.action.taskKey ??= (this.taskKeys = (this.taskKeys ?? 0) + 1);`
    })
    .replace(/\baddToActions\((\w+)\) \{(?=\s*if \(!this\.willContinueAsNew\))/, (opening, action: string) =>
      // Version 2 gives ids before it comes here.
      source.includes('sequenceNumberIncrement')
        ? `${opening} ${action}.startId = this.sequenceNumber;`
        : opening,
    )
    .replace(/\(0, (util_1)\.isDate\)\(/g, '$1.types.isDate(')
    .replace(/^exports\.Orchestrator = Orchestrator;$/m, (statement) =>
      isKeepable(source) ? `${statement} require('${warmModule}').keepWarm(Orchestrator);` : statement,
    )
}

/** Version 3 hands over trigger and context, and returns what its executor returns. */
function isKeepable(source: string): boolean {
  return (
    /\bhandle\(orchestrationTrigger, context\) \{/.test(source) &&
    /\breturn yield this\.taskOrchestrationExecutor\.execute\(context, state, upperSchemaVersion, this\.fn\);/.test(
      source,
    )
  )
}
