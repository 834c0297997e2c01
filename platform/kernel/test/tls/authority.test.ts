import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect, createServer, type PeerCertificate } from 'node:tls'
import { promisify } from 'node:util'
import { type Authority, type Clock, openAuthority, systemClock } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'

const dayMs = 86_400_000

test('a new authority leaves its keys readable by the owner only', async (t) => {
  const { folder, authority } = await newAuthority(t)
  assert.equal(authority.certificatePath, join(folder, 'ca.pem'))
  assert.deepEqual(readdirSync(folder).sort(), ['ca.key', 'ca.pem', 'server.pem'])
  const modes = ['ca.key', 'ca.pem', 'server.pem'].map((file) => statSync(join(folder, file)).mode & 0o777)
  assert.deepEqual(modes, [0o600, 0o644, 0o600])
})

test('OpenSSL accepts the chain with its strictest checks', needs('openssl'), async (t) => {
  const { folder, authority } = await newAuthority(t)
  await authority.secureContext(['10.1.2.3', 'fe80::1', 'account.blob.localhost'])
  const files = ['-CAfile', join(folder, 'ca.pem'), join(folder, 'server.pem')]
  for (const identity of [
    ['-verify_hostname', 'account.blob.localhost'],
    ['-verify_ip', '10.1.2.3'],
    ['-verify_ip', 'fe80::1'],
  ]) {
    const { stdout } = await run('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslserver'],
      ...identity,
      ...files,
    ])
    assert.match(stdout, /server\.pem: OK/)
  }
})

test('certificates say what they are for and how long', async (t) => {
  const clock = new VirtualClock()
  const { folder } = await newAuthority(t, clock)
  const ca = new X509Certificate(readFileSync(join(folder, 'ca.pem')))
  const server = new X509Certificate(readFileSync(join(folder, 'server.pem')))
  assert.equal(ca.ca, true)
  assert.equal(server.ca, false)
  assert.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  assert.ok(server.checkIssued(ca))
  assert.ok(server.validFromDate.getTime() < clock.now())
  assert.ok(server.validToDate.getTime() - server.validFromDate.getTime() <= 825 * dayMs)
  assert.equal(
    server.subjectAltName,
    'DNS:localhost, DNS:*.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  )
})

test('this process trusts an authority when it is told to', async (t) => {
  const { authority } = await newAuthority(t)
  const url = `https://127.0.0.1:${await serve(t, authority)}`
  await assert.rejects(fetch(url), { message: 'fetch failed' })
  authority.trustHere()
  authority.trustHere()
  assert.equal(await (await fetch(url)).text(), 'secure')
})

test('opening again changes nothing', async (t) => {
  const { dataDir, folder } = await newAuthority(t)
  const before = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  await openAuthority(dataDir, systemClock)
  assert.deepEqual(
    readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')),
    before,
  )
})

test('processes that start together share one authority', async (t) => {
  const dataDir = temporaryFolder(t)
  const all = await Promise.all([1, 2, 3, 4].map(() => openAuthority(dataDir, systemClock)))
  const pems = all.map((authority) => readFileSync(authority.certificatePath, 'utf8'))
  assert.equal(new Set(pems).size, 1)
  assert.deepEqual(readdirSync(dataDir), ['tls'])
})

test('a server certificate is renewed before it expires and keeps its names', async (t) => {
  const clock = new VirtualClock()
  const { dataDir, folder, authority } = await newAuthority(t, clock)
  await authority.secureContext(['account.blob.localhost'])
  await clock.advance(800 * dayMs)
  await openAuthority(dataDir, clock)
  const renewed = new X509Certificate(readFileSync(join(folder, 'server.pem')))
  assert.ok(renewed.validToDate.getTime() > clock.now() + 365 * dayMs)
  assert.match(renewed.subjectAltName ?? '', /DNS:account\.blob\.localhost/)
})

test('an open authority renews its certificate too', async (t) => {
  const clock = new VirtualClock()
  const { folder, authority } = await newAuthority(t, clock)
  const context = await authority.secureContext()
  assert.equal(await authority.secureContext(['LOCALHOST']), context)
  await clock.advance(800 * dayMs)
  assert.notEqual(await authority.secureContext(), context)
  const renewed = new X509Certificate(readFileSync(join(folder, 'server.pem')))
  assert.ok(renewed.validToDate.getTime() > clock.now() + 365 * dayMs)
})

test('a server certificate never outlives its authority', async (t) => {
  const clock = new VirtualClock()
  const { folder, authority } = await newAuthority(t, clock)
  await clock.advance(3500 * dayMs)
  await authority.secureContext()
  const read = (file: string) => new X509Certificate(readFileSync(join(folder, file))).validToDate.getTime()
  assert.equal(read('server.pem'), read('ca.pem'))
})

test('an authority about to expire is a user error', async (t) => {
  const clock = new VirtualClock()
  const { dataDir } = await newAuthority(t, clock)
  await clock.advance(3640 * dayMs)
  await assert.rejects(openAuthority(dataDir, clock), {
    name: 'UserError',
    message: /cannot be used: it expires on/,
  })
})

test('clients that trust the authority reach every name below localhost, and addresses', async (t) => {
  const { authority } = await newAuthority(t)
  const port = await serve(t, authority)
  for (const servername of ['localhost', 'app.localhost', 'account.blob.localhost'])
    assert.match((await peer(authority, port, { servername })).subjectaltname ?? '', new RegExp(servername))
  // A client that names no server, because it knows an address only.
  assert.equal((await peer(authority, port, { host: '127.0.0.1' })).subject.CN, 'localhost')
})

test('names of others are not had for the asking', async (t) => {
  const { authority } = await newAuthority(t)
  const port = await serve(t, authority)
  await assert.rejects(peer(authority, port, { servername: 'www.example.com' }), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
})

test('curl trusts the certificate file', needs('curl'), async (t) => {
  const { authority } = await newAuthority(t)
  const url = `https://localhost:${await serve(t, authority)}/`
  const { stdout } = await run('curl', ['-sS', '--cacert', authority.certificatePath, url])
  assert.equal(stdout, 'secure')
})

test('Python trusts the bundle', needs('python3'), async (t) => {
  const { authority } = await newAuthority(t)
  const url = `https://localhost:${await serve(t, authority)}/`
  const code = `import urllib.request; print(urllib.request.urlopen("${url}").read().decode())`
  const env = { PATH: process.env.PATH, SSL_CERT_FILE: await authority.bundlePath() }
  const { stdout } = await run('python3', ['-c', code], { env })
  assert.equal(stdout.trim(), 'secure')
})

test('the bundle has the authority and what the system trusts', async (t) => {
  const { authority } = await newAuthority(t)
  const bundle = readFileSync(await authority.bundlePath(), 'utf8')
  assert.ok(bundle.startsWith(readFileSync(authority.certificatePath, 'utf8')))
  assert.ok(bundle.split('BEGIN CERTIFICATE').length > 20)
})

for (const [what, damage, reason] of [
  ['a key that is missing', (folder: string) => rmSync(join(folder, 'ca.key')), /ca\.key is missing/],
  ['a certificate that is missing', (folder: string) => rmSync(join(folder, 'ca.pem')), /ca\.pem is missing/],
  ['a key that is none', (folder: string) => writeFileSync(join(folder, 'ca.key'), 'x'), /not a private key/],
  [
    'a certificate that is none',
    (folder: string) => writeFileSync(join(folder, 'ca.pem'), 'x'),
    /not a certificate/,
  ],
  [
    'a key of another certificate',
    (folder: string) => writeFileSync(join(folder, 'ca.key'), readFileSync(join(folder, 'server.pem'))),
    /ca\.key is not the key of ca\.pem/,
  ],
] as const) {
  test(`an authority with ${what} is a user error that says what to delete`, async (t) => {
    const { dataDir, folder } = await newAuthority(t)
    damage(folder)
    await assert.rejects(openAuthority(dataDir, systemClock), {
      name: 'UserError',
      message: reason,
      hint: /Delete the folder/,
    })
  })
}

test('a damaged server certificate is replaced', async (t) => {
  const { dataDir, folder, authority } = await newAuthority(t)
  writeFileSync(join(folder, 'server.pem'), 'damaged')
  const again = await openAuthority(dataDir, systemClock)
  const port = await serve(t, again)
  await peer(authority, port, { servername: 'localhost' })
})

test('a file in place of the folder is a user error', async (t) => {
  const dataDir = temporaryFolder(t)
  writeFileSync(join(dataDir, 'tls'), '')
  await assert.rejects(openAuthority(dataDir, systemClock), {
    name: 'UserError',
    message: /a file is in the way/,
  })
})

test('a folder that cannot be made is a user error', async () => {
  await assert.rejects(openAuthority('/dev/null/data', systemClock), {
    name: 'UserError',
    message: /^Cannot write .*: a file is in the way of a folder/,
  })
})

test('a folder that cannot be written is a user error', async (t) => {
  const dataDir = temporaryFolder(t)
  chmodSync(dataDir, 0o500)
  // Root may write everywhere; be nobody.
  const user = process.geteuid?.()
  if (user === 0) process.seteuid?.(65534)
  try {
    await assert.rejects(openAuthority(dataDir, systemClock), {
      name: 'UserError',
      message: /access is denied/,
    })
  } finally {
    if (user === 0) process.seteuid?.(0)
  }
})

test('what is no name is refused', async (t) => {
  const { authority } = await newAuthority(t)
  for (const name of ['', 'a b', 'a..b', '-a.localhost', 'fe80::1%eth0', `${'a'.repeat(64)}.localhost`])
    await assert.rejects(authority.secureContext([name]), { name: 'UserError' }, name)
})

const run = promisify(execFile)

/** Options for a test with a program that not every machine has. */
function needs(program: string): { skip: string | false } {
  return { skip: spawnSync(program, ['--version']).error ? `${program} is not installed` : false }
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'aloft-tls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

async function newAuthority(t: TestContext, clock: Clock = systemClock) {
  const dataDir = temporaryFolder(t)
  return { dataDir, folder: join(dataDir, 'tls'), authority: await openAuthority(dataDir, clock) }
}

async function serve(t: TestContext, authority: Authority): Promise<number> {
  const server = createServer(await authority.tlsOptions(), (socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as { port: number }).port
}

async function peer(
  authority: Authority,
  port: number,
  options: { servername?: string; host?: string },
): Promise<PeerCertificate> {
  const ca = readFileSync(authority.certificatePath)
  const socket = connect({ host: '127.0.0.1', port, ca, ...options })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate()
  } finally {
    socket.destroy()
  }
}
