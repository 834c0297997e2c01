import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redact, redactError } from '@aloft/kernel'

for (const [text, expected] of [
  [
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9v+/==;EndpointSuffix=x',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=***;EndpointSuffix=x',
  ],
  [
    'Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=abc=',
    'Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=***',
  ],
  ['Server=x;User ID=sa;Password=p@ss w;Database=d', 'Server=x;User ID=sa;Password=*** w;Database=d'],
  ['SharedAccessSignature=sv=2020&sig=a%2Bb%3D&se=2030', 'SharedAccessSignature=sv=2020&sig=***&se=2030'],
  ['SharedAccessSignature=sig=abc&sv=1', 'SharedAccessSignature=sig=***&sv=1'],
  ['GET /api/f?code=abc123==&name=x', 'GET /api/f?code=***&name=x'],
  ['GET /c/b?sv=1&sig=x%3D HTTP/1.1', 'GET /c/b?sv=1&sig=*** HTTP/1.1'],
  ['Authorization: Bearer eyJhbGciOi.J9.x-y_z', 'Authorization: Bearer ***'],
  ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'],
  ['SharedAccessSignature sr=x&sig=y&se=1&skn=k', 'SharedAccessSignature ***'],
  ['x-functions-key: abc, next', 'x-functions-key: ***, next'],
  ['{"aeg-sas-key":"abc="}', '{"aeg-sas-key":"***"}'],
  ['postgres://aloft:s3cret@db:5432/x failed', 'postgres://aloft:***@db:5432/x failed'],
  ['amqps://Root:a+b=@host', 'amqps://Root:***@host'],
] as const) {
  test(`the secret in '${text}' is masked`, () => assert.equal(redact(text), expected))
}

for (const text of [
  'PartitionKey=p;RowKey=r',
  'New queue message detected on orders, key 7',
  'https://example.com/a@b and https://user@example.com/',
  'The token expired; exit code=1',
  'Basic understanding, Bearer of news',
]) {
  test(`'${text}' has no secret and stays`, () => assert.equal(redact(text), text))
}

test('an error without secrets is not copied', () => {
  const error = new Error('plain', { cause: new Error('cause') })
  assert.equal(redactError(error), error)
})
