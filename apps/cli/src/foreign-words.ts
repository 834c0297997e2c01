/** Words of `func` for what Aloft does not do, and what does it. */
import { UserError } from '@aloft/kernel'

interface ForeignWord {
  readonly message: string
  /** By the words that follow, the longest that fits first; '' = whatever follows. */
  readonly hints: Readonly<Record<string, string>>
}

const publishing =
  "'aloft pack' makes the zip file; then: az functionapp deployment source config-zip --resource-group GROUP " +
  '--name APP --src APP.zip'

const notHere = 'Aloft runs apps on this machine and does not talk to Azure'

const words: Readonly<Record<string, ForeignWord>> = {
  azure: {
    message: notHere,
    hints: {
      'functionapp publish': publishing,
      'functionapp fetch-app-settings':
        "az functionapp config appsettings list --resource-group GROUP --name APP shows them; 'aloft settings add' keeps one.",
      'functionapp fetch':
        "az functionapp config appsettings list --resource-group GROUP --name APP shows them; 'aloft settings add' keeps one.",
      'functionapp list-functions': 'az functionapp function list --resource-group GROUP --name APP',
      'functionapp logstream':
        "az webapp log tail --resource-group GROUP --name APP; of local apps: 'aloft logs'.",
      'storage fetch-connection-string':
        "az storage account show-connection-string --name ACCOUNT; 'aloft settings add' keeps it.",
      '': "The Azure CLI does: 'az functionapp --help'.",
    },
  },
  azurecontainerapps: {
    message: notHere,
    hints: {
      '': 'az containerapp up --name APP --image IMAGE, with an image of `aloft init --docker-only`.',
    },
  },
  deploy: { message: notHere, hints: { '': publishing } },
  kubernetes: {
    message: 'Aloft does not deploy to Kubernetes',
    hints: { '': 'Build an image with the Dockerfile of `aloft init --docker-only`, and deploy that.' },
  },
  getextensionbundlepath: {
    message: 'There is no extension bundle on this machine',
    hints: { '': 'Triggers and bindings are built into Aloft.' },
  },
  host: {
    message: "Of 'host' there is only 'aloft host start'",
    hints: { '': "The same is 'aloft start'." },
  },
  function: {
    message: "Of 'function' there are 'aloft function new' and 'aloft function create'",
    hints: { '': 'The functions of an app that runs: curl http://localhost:7071/admin/functions' },
  },
}

/** The error for words of `func` that Aloft does not have; undefined when they are none of these. */
export function foreignWord([first = '', ...rest]: readonly string[]): UserError | undefined {
  const name = first.toLowerCase()
  if (!Object.hasOwn(words, name)) return undefined
  const { message, hints } = words[name]!
  const following = rest.map((word) => word.toLowerCase()).join(' ')
  const fitting = Object.keys(hints).find((key) => following === key || following.startsWith(`${key} `))
  return new UserError(message, { hint: hints[fitting ?? ''] })
}
