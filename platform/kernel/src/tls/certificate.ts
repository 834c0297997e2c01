/**
 * X.509 certificates (RFC 5280) of the local authority. Written here rather than with a library: the one that
 * was tried cost 22 MB of memory and 200 ms in every first start, to write two certificates of a fixed shape.
 */
import { createHash, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { randomHex } from '@aloft/wire/trace'
import * as der from './der.ts'

export interface Validity {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
}

/** A P-256 key pair. */
export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const ecdsaWithSha256 = der.sequence(der.objectId('1.2.840.10045.4.3.2'))
const version3 = der.explicit(0, der.unsignedInteger(Buffer.of(2)))

/** The certificate of an authority, signed by itself, as PEM. */
export function authorityCertificate(keys: KeyPair, validity: Validity): string {
  const name = authorityName(keys.publicKey)
  return signed(keys.privateKey, name, name, keys.publicKey, validity, [
    extension('2.5.29.19', 'critical', der.sequence(der.booleanTrue(), der.unsignedInteger(Buffer.of(0)))),
    // keyCertSign and cRLSign
    extension('2.5.29.15', 'critical', der.bitString(Buffer.of(0x06), 1)),
    extension('2.5.29.14', 'optional', der.octetString(keyId(keys.publicKey))),
  ])
}

/** The certificate of a server with the given host names and addresses, signed by `authority`, as PEM. */
export function serverCertificate(
  authority: KeyPair,
  publicKey: KeyObject,
  names: readonly string[],
  validity: Validity,
): string {
  const subject = distinguishedName('localhost')
  return signed(authority.privateKey, authorityName(authority.publicKey), subject, publicKey, validity, [
    extension('2.5.29.19', 'critical', der.sequence()),
    // digitalSignature: all that ECDSA key exchanges need
    extension('2.5.29.15', 'critical', der.bitString(Buffer.of(0x80), 7)),
    // serverAuth
    extension('2.5.29.37', 'optional', der.sequence(der.objectId('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', 'optional', der.sequence(...names.map(generalName))),
    extension('2.5.29.14', 'optional', der.octetString(keyId(publicKey))),
    extension('2.5.29.35', 'optional', der.sequence(der.implicit(0, keyId(authority.publicKey)))),
  ])
}

/** Depends on the key alone, so that it need not be read back, and that two authorities never share a name. */
function authorityName(publicKey: KeyObject): Buffer {
  return distinguishedName(`Aloft local authority ${keyId(publicKey).toString('hex', 0, 4)}`)
}

/** RFC 7093, method 4: of the whole public key. */
function keyId(publicKey: KeyObject): Buffer {
  return createHash('sha256').update(spki(publicKey)).digest().subarray(0, 20)
}

function signed(
  privateKey: KeyObject,
  issuer: Buffer,
  subject: Buffer,
  publicKey: KeyObject,
  validity: Validity,
  extensions: readonly Buffer[],
): string {
  const content = der.sequence(
    version3,
    der.unsignedInteger(Buffer.from(`7f${randomHex(15)}`, 'hex')),
    ecdsaWithSha256,
    issuer,
    der.sequence(der.time(validity.from), der.time(validity.to)),
    subject,
    spki(publicKey),
    der.explicit(3, der.sequence(...extensions)),
  )
  return pem(der.sequence(content, ecdsaWithSha256, der.bitString(sign('sha256', content, privateKey))))
}

function spki(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** `O=Aloft, CN=commonName` */
function distinguishedName(commonName: string): Buffer {
  const attribute = (id: string, value: string) =>
    der.set(der.sequence(der.objectId(id), der.utf8String(value)))
  return der.sequence(attribute('2.5.4.10', 'Aloft'), attribute('2.5.4.3', commonName))
}

function extension(id: string, weight: 'critical' | 'optional', value: Buffer): Buffer {
  const flag = weight === 'critical' ? [der.booleanTrue()] : []
  return der.sequence(der.objectId(id), ...flag, der.octetString(value))
}

function generalName(name: string): Buffer {
  return isIP(name) ? der.implicit(7, addressBytes(name)) : der.implicit(2, Buffer.from(name, 'ascii'))
}

/** 4 or 16 bytes. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // The URL parser writes IPv6 in hexadecimal groups only, with the longest run of zeros left out.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const given = groups(head).length + groups(tail).length
  const all = [...groups(head), ...new Array(8 - given).fill('0'), ...groups(tail)]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
