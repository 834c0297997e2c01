/** Requests without a network: as a client would send them, as the front would see them. */
import { developmentAccountKey, developmentAccountName } from '../../src/accounts/account-name.ts'
import { type SigningAccount, signingAccount } from '../../src/accounts/accounts.ts'
import type { ServiceName } from '../../src/contracts.ts'
import { FrontRequest } from '../../src/protocol/front-request.ts'
import { addressOf } from '../../src/protocol/request-address.ts'

export const developmentAccount: SigningAccount = signingAccount(
  { name: developmentAccountName, keys: [developmentAccountKey, developmentAccountKey] },
  false,
)

export interface ClientRequest {
  readonly service?: ServiceName
  readonly method?: string
  /** Absolute. */
  readonly url: string
  readonly headers?: Iterable<[name: string, value: string]>
  readonly account?: SigningAccount
  readonly isEncrypted?: boolean
  readonly remoteAddress?: string
  readonly now?: number
}

export function requestOf(client: ClientRequest): FrontRequest {
  const { account = developmentAccount } = client
  const { host, pathname, search } = new URL(client.url)
  const entries = [...(client.headers ?? [])]
  const address = addressOf(`${pathname}${search}`, host, (name) => name === account.name)
  if (!address) throw new Error(`${client.url} names no account`)
  const request = new FrontRequest(
    client.service ?? 'blob',
    account,
    {
      method: client.method ?? 'GET',
      rawHeaders: entries.flat(),
      headers: Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value])),
    },
    address,
    {
      isEncrypted: client.isEncrypted ?? false,
      remoteAddress: client.remoteAddress ?? '127.0.0.1',
      host,
      requestId: '00000000-0000-0000-0000-000000000000',
      now: client.now ?? Date.now(),
      dispatch: () => Promise.reject(new Error('There is nothing to dispatch to')),
    },
    undefined,
  )
  request.version = request.header('x-ms-version') ?? '2026-06-06'
  return request
}

/** What an SDK hands to its HTTP client: signed. */
export interface SentRequest {
  readonly method: string
  readonly url: string
  readonly headers: Iterable<[name: string, value: string]>
}

/** The older of the SDK's two kinds of headers has a method for their list. */
interface SdkRequest extends Omit<SentRequest, 'headers'> {
  readonly headers: SentRequest['headers'] | { headersArray(): { name: string; value: string }[] }
}

function pairOf({ name, value }: { name: string; value: string }): [name: string, value: string] {
  return [name, value]
}

/** Catches the one request that `work` makes of `client`, which was made with `httpClient`. */
export function catcher() {
  const sent: SentRequest[] = []
  return {
    sent,
    httpClient: {
      sendRequest({ method, url, headers }: SdkRequest): Promise<never> {
        const list = 'headersArray' in headers ? headers.headersArray().map(pairOf) : [...headers]
        sent.push({ method, url, headers: list })
        return Promise.reject(new Error('Caught'))
      },
    },
    async catch(work: () => Promise<unknown>): Promise<SentRequest> {
      await work().catch(() => {})
      const [request] = sent.splice(0)
      if (!request) throw new Error('Nothing was sent')
      return request
    },
  }
}
