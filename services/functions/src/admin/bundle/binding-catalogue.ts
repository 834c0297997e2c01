/**
 * What editors and portals ask for when somebody adds a trigger or a binding. Every type that the host has is here; a
 * test compares.
 */

export interface BindingEntry {
  readonly type: string
  readonly direction: 'trigger' | 'in' | 'out'
  readonly displayName: string
  /** Page that describes it. */
  readonly documentation: string
  readonly settings: readonly BindingSetting[]
}

/** An option of function.json. Shape: `bindings.json` of extension bundles. */
export interface BindingSetting {
  readonly name: string
  readonly value: 'string' | 'int' | 'boolean' | 'enum' | 'checkBoxList'
  readonly required: boolean
  readonly label: string
  readonly help: string
  readonly defaultValue?: string | number | boolean | readonly string[]
  readonly enum?: readonly string[]
  /** The value is the name of an app setting that holds a connection to one. */
  readonly resource?: 'Storage'
  readonly validator?: { readonly expression: string; readonly errorText: string }
}

type Details = Partial<BindingSetting>

function text(name: string, label: string, help: string, details: Details = {}): BindingSetting {
  return { name, value: 'string', required: true, label, help, ...details }
}

const page = (name: string) => `https://learn.microsoft.com/azure/azure-functions/functions-bindings-${name}`
const durablePage = 'https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-bindings'

const letters = '[a-zA-Z][a-zA-Z0-9]{0,127}'
const nameOf = (defaultValue: string) =>
  text('name', 'Parameter name', 'The name by which the function knows it.', {
    defaultValue,
    validator: { expression: `^${letters}$`, errorText: 'Letters and digits, a letter first, at most 128.' },
  })
const outputNameOf = (defaultValue: string) =>
  text(
    'name',
    'Parameter name',
    'The name by which the function sets it; $return is what the function returns.',
    {
      defaultValue,
      validator: {
        expression: `^(${letters}|\\$return)$`,
        errorText: 'Letters and digits, a letter first, at most 128; or $return.',
      },
    },
  )

/** Instead of a name, an expression may stand there. */
const orExpression = '^[{][a-zA-Z0-9]{1,126}[}]$|^[%][a-zA-Z0-9_]{1,126}[%]$'
const storage = text('connection', 'Storage account', 'The app setting that holds its connection string.', {
  resource: 'Storage',
  defaultValue: 'AzureWebJobsStorage',
})
const queueName = (defaultValue: string) =>
  text('queueName', 'Queue', 'Its name.', {
    defaultValue,
    validator: {
      expression: `^[0-9a-z](?:[0-9a-z]|-(?!-)){1,61}[0-9a-z]$|${orExpression}`,
      errorText: 'Lower-case letters, digits and single dashes, 3 to 63.',
    },
  })
const blobPath = (defaultValue: string, help: string) =>
  text('path', 'Path', help, {
    defaultValue,
    validator: { expression: '^\\S{3,}$', errorText: 'A container, a slash and the name of a blob.' },
  })
const tableName = text('tableName', 'Table', 'Its name.', {
  defaultValue: 'Items',
  validator: {
    expression: `^[A-Za-z][A-Za-z0-9]{2,62}$|${orExpression}`,
    errorText: 'Letters and digits, a letter first, 3 to 63.',
  },
})
const optional = { required: false } as const
const httpMethods = ['get', 'post', 'delete', 'head', 'patch', 'put', 'options', 'trace']
const functionOf = (name: string, what: string) => text(name, what, "Default: the function's name.", optional)

export const bindingCatalogue: readonly BindingEntry[] = [
  {
    type: 'httpTrigger',
    direction: 'trigger',
    displayName: 'HTTP',
    documentation: page('http-webhook-trigger'),
    settings: [
      nameOf('req'),
      text('route', 'Route', "The path behind the prefix; default: the function's name.", optional),
      text('authLevel', 'Authorization level', 'Which key callers need.', {
        value: 'enum',
        enum: ['function', 'anonymous', 'admin'],
        defaultValue: 'function',
      }),
      text('methods', 'Methods', 'Those that it answers; none = all.', {
        ...optional,
        value: 'checkBoxList',
        enum: httpMethods,
        defaultValue: ['get', 'post'],
      }),
    ],
  },
  {
    type: 'http',
    direction: 'out',
    displayName: 'HTTP response',
    documentation: page('http-webhook-output'),
    settings: [outputNameOf('res')],
  },
  {
    type: 'timerTrigger',
    direction: 'trigger',
    displayName: 'Timer',
    documentation: page('timer'),
    settings: [
      nameOf('myTimer'),
      text('schedule', 'Schedule', 'Second, minute, hour, day, month and day of the week, or a time span.', {
        defaultValue: '0 */5 * * * *',
      }),
      text('runOnStartup', 'Run at the start', 'Whether it also runs when the host starts.', {
        ...optional,
        value: 'boolean',
        defaultValue: false,
      }),
      text('useMonitor', 'Keep the schedule', 'Whether a run that was missed is made up for.', {
        ...optional,
        value: 'boolean',
        defaultValue: true,
      }),
    ],
  },
  {
    type: 'queueTrigger',
    direction: 'trigger',
    displayName: 'Azure Queue Storage',
    documentation: page('storage-queue-trigger'),
    settings: [nameOf('myQueueItem'), queueName('myqueue-items'), storage],
  },
  {
    type: 'queue',
    direction: 'out',
    displayName: 'Azure Queue Storage',
    documentation: page('storage-queue-output'),
    settings: [outputNameOf('outputQueueItem'), queueName('outqueue'), storage],
  },
  {
    type: 'blobTrigger',
    direction: 'trigger',
    displayName: 'Azure Blob Storage',
    documentation: page('storage-blob-trigger'),
    settings: [
      nameOf('myBlob'),
      blobPath(
        'samples-workitems/{name}',
        'Blobs that start the function; parts in braces are handed to it.',
      ),
      text('source', 'Source', 'How it hears of blobs.', {
        ...optional,
        value: 'enum',
        enum: ['LogsAndContainerScan', 'EventGrid'],
        defaultValue: 'LogsAndContainerScan',
      }),
      storage,
    ],
  },
  {
    type: 'blob',
    direction: 'in',
    displayName: 'Azure Blob Storage',
    documentation: page('storage-blob-input'),
    settings: [nameOf('inputBlob'), blobPath('incontainer/{name}', 'The blob that is read.'), storage],
  },
  {
    type: 'blob',
    direction: 'out',
    displayName: 'Azure Blob Storage',
    documentation: page('storage-blob-output'),
    settings: [
      outputNameOf('outputBlob'),
      blobPath('outcontainer/{rand-guid}', 'The blob that is written.'),
      storage,
    ],
  },
  {
    type: 'table',
    direction: 'in',
    displayName: 'Azure Table Storage',
    documentation: page('storage-table-input'),
    settings: [
      nameOf('inputTable'),
      tableName,
      text('partitionKey', 'Partition key', 'Of the entities that are read.', optional),
      text('rowKey', 'Row key', 'With the partition key: one entity.', optional),
      text('take', 'At most', 'How many entities are read.', { ...optional, value: 'int', defaultValue: 50 }),
      text('filter', 'Filter', 'Which ones, in OData.', optional),
      storage,
    ],
  },
  {
    type: 'table',
    direction: 'out',
    displayName: 'Azure Table Storage',
    documentation: page('storage-table-output'),
    settings: [
      outputNameOf('outputTable'),
      tableName,
      text('partitionKey', 'Partition key', 'Of entities that bring none.', optional),
      text('rowKey', 'Row key', 'Of entities that bring none.', optional),
      storage,
    ],
  },
  {
    type: 'orchestrationTrigger',
    direction: 'trigger',
    displayName: 'Durable Functions orchestration',
    documentation: durablePage,
    settings: [nameOf('context'), functionOf('orchestration', 'Name of the orchestration')],
  },
  {
    type: 'activityTrigger',
    direction: 'trigger',
    displayName: 'Durable Functions activity',
    documentation: durablePage,
    settings: [nameOf('input'), functionOf('activity', 'Name of the activity')],
  },
  {
    type: 'entityTrigger',
    direction: 'trigger',
    displayName: 'Durable Functions entity',
    documentation: durablePage,
    settings: [nameOf('context'), functionOf('entityName', 'Name of the entity')],
  },
  ...(['in', 'out'] as const).map((direction) => ({
    type: 'durableClient',
    direction,
    displayName: 'Durable Functions client',
    documentation: durablePage,
    settings: [
      nameOf('client'),
      text('taskHub', 'Task hub', "Default: the app's own.", optional),
      text('connectionName', 'Connection', "The app setting of another hub's storage.", optional),
    ],
  })),
  {
    type: 'warmupTrigger',
    direction: 'trigger',
    displayName: 'Warm-up',
    documentation: page('warmup'),
    settings: [nameOf('warmupContext')],
  },
  {
    type: 'manualTrigger',
    direction: 'trigger',
    displayName: 'By hand',
    documentation: 'https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http',
    settings: [nameOf('input')],
  },
]
