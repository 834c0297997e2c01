/** Options of table bindings (Azure documentation, "Azure Tables bindings for Azure Functions"). */
import { type BindingDefinition, ensureError, UserError } from '@aloft/kernel'
import { isTableName, parseFilter } from '../../table/index.ts'
import { bindingOption, requiredText } from '../binding-option.ts'

/** @throws UserError that names the option */
export function tableNameOf(binding: BindingDefinition): string {
  const name = requiredText(binding, 'tableName')
  if (isTableName(name)) return name
  throw new UserError(
    `'${name}' ('tableName' of the binding '${binding.name}') cannot be the name of a table.`,
    { hint: 'It has 3 to 63 letters and digits, and begins with a letter.' },
  )
}

/** An option that is a text; undefined when it is not given. */
export function textOption(binding: BindingDefinition, name: string): string | undefined {
  const value = bindingOption(binding, name)
  return value === undefined || value === null ? undefined : String(value)
}

/** `take`; undefined = all, which 0 means too. @throws UserError that names the option */
export function takeOf(binding: BindingDefinition): number | undefined {
  const text = textOption(binding, 'take')?.trim()
  if (!text) return undefined
  if (!/^-?\d{1,9}$/.test(text))
    throw new UserError(`'${text}' ('take' of the binding '${binding.name}') is no whole number.`)
  return Number(text) > 0 ? Number(text) : undefined
}

/** `partitionKey` and `filter` as one filter; undefined = everything. @throws UserError that names the option */
export function filterTextOf(binding: BindingDefinition): string | undefined {
  const partitionKey = textOption(binding, 'partitionKey')
  const filter = textOption(binding, 'filter')?.trim()
  if (filter) checkFilter(binding, filter)
  if (!partitionKey) return filter || undefined
  const ofPartition = `PartitionKey eq '${partitionKey.replaceAll("'", "''")}'`
  return filter ? `${ofPartition} and (${filter})` : ofPartition
}

function checkFilter(binding: BindingDefinition, filter: string): void {
  try {
    parseFilter(filter)
  } catch (error) {
    throw new UserError(`'${filter}' ('filter' of the binding '${binding.name}') is no OData filter.`, {
      hint: "It compares properties with values, e.g. Age ge 18 and City eq 'Rome'.",
      cause: ensureError(error),
    })
  }
}

/** Checks what can be checked before expressions have their values. @throws UserError */
export function checkOptions(binding: BindingDefinition): void {
  if (!requiredText(binding, 'tableName').includes('{')) tableNameOf(binding)
  if (!textOption(binding, 'take')?.includes('{')) takeOf(binding)
  const filter = textOption(binding, 'filter')?.trim()
  if (filter && !filter.includes('{')) checkFilter(binding, filter)
}
