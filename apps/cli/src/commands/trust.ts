/** `aloft trust`: how other programs come to trust the local certificate authority. */
import { copyFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Authority, openAuthority } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'
import { dataDirectory, dataOption } from '../data-directory.ts'
import type { Colors } from '../terminal.ts'

export const trust = defineCommand({
  usage: 'trust [DIR] [options]',
  description: [
    'Aloft speaks TLS with certificates of an authority of its own, made at first use in the data folder. Apps',
    'that run in Aloft trust it already; this tells other programs how. It changes nothing on the system.',
  ].join('\n'),
  options: {
    data: dataOption,
    path: { kind: 'flag', summary: "Print the path of the authority's certificate and nothing else" },
    export: { kind: 'text', value: 'FILE', summary: 'Copy the certificate to FILE' },
  },
  examples: [
    ['aloft trust', 'Shows what to set for Node.js, Python, curl, browsers, ...'],
    ['curl --cacert "$(aloft trust --path)" https://localhost:7443/', 'Uses it once'],
  ],
  maxOperands: 1,
  async run({ options, operands }, context) {
    const { terminal, clock } = context
    const appDirectory = resolve(context.directory, operands[0] ?? '.')
    const authority = await openAuthority(dataDirectory(options.data, appDirectory, context), clock)
    if (options.export !== undefined) {
      const target = resolve(context.directory, options.export)
      await copyFile(authority.certificatePath, target)
      terminal.write(`The certificate is in ${target}\n`)
    } else if (options.path) terminal.write(`${authority.certificatePath}\n`)
    else terminal.write(await instructions(authority, terminal.colors))
    return exitCodes.ok
  },
})

async function instructions(authority: Authority, colors: Colors): Promise<string> {
  const certificate = shellQuoted(authority.certificatePath)
  const bundle = shellQuoted(await authority.bundlePath())
  const recipes: readonly (readonly [who: string, ...lines: string[]])[] = [
    ['Node.js', `export NODE_EXTRA_CA_CERTS=${certificate}`],
    [
      'Python, and what uses OpenSSL',
      `export SSL_CERT_FILE=${bundle}`,
      `export REQUESTS_CA_BUNDLE=${bundle}`,
    ],
    ['.NET on Linux', `export SSL_CERT_FILE=${bundle}`],
    ['curl', `curl --cacert ${certificate} https://localhost:7443/`],
    [
      'Java',
      `keytool -importcert -noprompt -alias aloft -file ${certificate} -storepass changeit -keystore aloft.p12`,
      'java -Djavax.net.ssl.trustStore=aloft.p12 -Djavax.net.ssl.trustStorePassword=changeit ...',
    ],
    ...systemRecipes(certificate),
  ]
  const blocks = recipes.map(([who, ...lines]) => [colors.bold(who), ...lines.map((line) => `  ${line}`), ''])
  return [
    `The authority's certificate: ${authority.certificatePath}`,
    `With all that the system trusts: ${await authority.bundlePath()}`,
    '',
    ...blocks.flat(),
    '',
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

/** Browsers look in the system's store, which only its owner should change. */
function systemRecipes(certificate: string): (readonly [string, ...string[]])[] {
  switch (process.platform) {
    case 'darwin':
      return [
        [
          'Browsers (macOS keychain)',
          `security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${certificate}`,
        ],
      ]
    case 'win32':
      return [['Browsers (Windows store)', `certutil -user -addstore Root ${certificate}`]]
    default:
      return [
        [
          'The whole system (Debian, Ubuntu)',
          `sudo cp ${certificate} /usr/local/share/ca-certificates/aloft.crt && sudo update-ca-certificates`,
        ],
        ['Chromium and Chrome', `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n aloft -i ${certificate}`],
        ['Firefox', 'Settings, Privacy & Security, View Certificates, Authorities, Import'],
      ]
  }
}

function shellQuoted(path: string): string {
  if (/^[\w./:@%+=-]+$/.test(path)) return path
  return process.platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`
}
