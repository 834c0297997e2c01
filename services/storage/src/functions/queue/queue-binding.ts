/** Options that the trigger and the output of queues have in common. */
import { type BindingDefinition, UserError } from '@aloft/kernel'
import { isQueueName } from '../../queue/queue-path.ts'
import { requiredText } from '../binding-option.ts'

/** In lower case, as the official extension makes it. @throws UserError that names the option */
export function queueNameOf(binding: BindingDefinition): string {
  const name = requiredText(binding, 'queueName').toLowerCase()
  if (isQueueName(name)) return name
  throw new UserError(
    `'${name}' ('queueName' of the binding '${binding.name}') cannot be the name of a queue.`,
    {
      hint: 'It has 3 to 63 lower-case letters, digits and single hyphens, and begins and ends with a letter or digit.',
    },
  )
}

const poisonSuffix = '-poison'

/** Where messages go that cannot be worked on; undefined when there is no such queue for this one. */
export function poisonQueueOf(queue: string): string | undefined {
  const name = `${queue}${poisonSuffix}`
  return queue.endsWith(poisonSuffix) || !isQueueName(name) ? undefined : name
}
