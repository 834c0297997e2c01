/** Follows workflows of Durable Functions through the addresses that their start answers. */
import assert from 'node:assert/strict'
import { systemClock } from '@aloft/kernel'

/** What a start answers (`createCheckStatusResponse`). */
export interface StartedWorkflow {
  readonly id: string
  readonly statusQueryGetUri: string
  readonly terminatePostUri: string
}

export interface WorkflowStatus {
  readonly runtimeStatus: string
  readonly customStatus: unknown
  readonly output: unknown
}

const pauseMs = 20

/** Starts a workflow by `POST`; the answer must be the usual one. */
export async function startWorkflow(url: string, input?: object): Promise<StartedWorkflow> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(input && { body: JSON.stringify(input) }),
  })
  assert.equal(response.status, 202, await response.clone().text())
  return (await response.json()) as StartedWorkflow
}

export async function workflowStatus({ statusQueryGetUri }: StartedWorkflow): Promise<WorkflowStatus> {
  const response = await fetch(statusQueryGetUri)
  assert.ok(response.status === 200 || response.status === 202, await response.clone().text())
  return (await response.json()) as WorkflowStatus
}

/** Asks until the status satisfies `isMet`. */
export async function statusWhen(
  workflow: StartedWorkflow,
  isMet: (status: WorkflowStatus) => boolean,
): Promise<WorkflowStatus> {
  for (;;) {
    const status = await workflowStatus(workflow)
    if (isMet(status)) return status
    await systemClock.sleep(pauseMs)
  }
}

/** The output once the workflow has ended; it must not have failed. */
export async function outputOf(workflow: StartedWorkflow): Promise<unknown> {
  const ended = await statusWhen(
    workflow,
    ({ runtimeStatus }) => !['Pending', 'Running'].includes(runtimeStatus),
  )
  assert.equal(ended.runtimeStatus, 'Completed', JSON.stringify(ended))
  return ended.output
}
