/**
 * `durable-functions` as it is loaded. Its executor is made to put a key on every action that it returns, so that the
 * host can tell a task that is yielded again from one that is like it (durable-js#85, #574); and version 2, which was
 * published for an older Node, gets back a function that newer ones lack. What an app can observe stays.
 */

const sdkFile =
  /[\\/]lib[\\/]src[\\/](?:orchestrations[\\/]|actions[\\/])?(?:TaskOrchestrationExecutor|createtimeraction)\.js$/i

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
    .replace(/\(0, (util_1)\.isDate\)\(/g, '$1.types.isDate(')
}
