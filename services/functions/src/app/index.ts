/** An app as its files and settings describe it: what the rest of the host needs of this room. */
export { type AppFiles, surveyFiles } from './app-files.ts'
export { bindingDataOf, type HttpRequestData, httpBindingData } from './binding-data.ts'
export { typeOfBinding } from './binding-definition.ts'
export type { AppChange } from './change-burst.ts'
export { type CompiledBinding, compileBinding, resolveBinding } from './compiled-binding.ts'
export {
  findEntry,
  isObject,
  readBoolean,
  readSection,
  readString,
  readStringList,
  type Section,
  wrongValue,
} from './config-section.ts'
export { formatExact, parseExact } from './exact-json.ts'
export type { BindingData, ExpressionEnvironment } from './expression-value.ts'
export type { SourceLanguage } from './file-changes.ts'
export { type DeclaredFunctions, mixedModelWarning, readFunctionFolders } from './function-folders.ts'
export { isValidFunctionName } from './function-name.ts'
export { indexFunctions, missingFunctionsWarning, noFunctionsWarning } from './index-functions.ts'
export { isApp } from './is-app.ts'
export { formatLocation, locate, readJsonDocument } from './json-document.ts'
export { type LoadOptions, loadApp, type Overrides } from './load-app.ts'
export { matchOutputs, toOutputValues, toWholeValue } from './output-values.ts'
export { readOfflinePage, watchApp } from './watch-app.ts'
export { FileWatch } from './watch-files.ts'
export type { WorkerRuntime } from './worker-runtime.ts'
