/** What a check found. */
export interface Finding {
  /** Short name of the check. */
  readonly check: string
  readonly level: 'ok' | 'warn' | 'fail'
  readonly message: string
  /** What to do about it; for everything that is not `ok`. */
  readonly mend?: string
}

/** What the checks look at. */
export interface Patient {
  /** Absolute path of the app's folder. */
  readonly appDirectory: string
  readonly dataDirectory: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export type Check = (patient: Patient) => Promise<readonly Finding[]>
