/** Sends a browser back to the client (OAuth 2.0 Multiple Response Types; OAuth 2.0 Form Post Response Mode). */
import type { ServerResponse } from 'node:http'
import { sendEmpty, sendText } from '@aloft/kernel'
import type { Redirection } from '../authorize.ts'

export function sendRedirection(response: ServerResponse, { address, mode, parameters }: Redirection): void {
  const noStore = { 'Cache-Control': 'no-store' }
  if (mode === 'form_post') {
    const headers = { ...noStore, 'Content-Type': 'text/html; charset=utf-8' }
    sendText(response, 200, formPage(address, parameters), headers)
    return
  }
  const url = new URL(address)
  const encoded = new URLSearchParams(parameters)
  if (mode === 'fragment') url.hash = encoded.toString()
  else for (const [name, value] of encoded) url.searchParams.append(name, value)
  sendEmpty(response, 302, { ...noStore, Location: url.href })
}

function formPage(address: string, parameters: Readonly<Record<string, string>>): string {
  const fields = Object.entries(parameters)
    .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
    .join('')
  return (
    `<!DOCTYPE html><title>Working...</title><form method="POST" action="${escaped(address)}">${fields}` +
    '<noscript><button>Continue</button></noscript></form><script>document.forms[0].submit()</script>'
  )
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
