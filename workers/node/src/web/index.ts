/** Stand-ins for the web classes, for the library only: user code has the platform's own. */
import { LightHeaders } from './light-headers.ts'
import { createRequest } from './light-request.ts'
import { createResponse } from './light-response.ts'

/** Functions that answer with an object are constructors, too. */
export const lightWeb = { Request: createRequest, Response: createResponse, Headers: LightHeaders } as const

/** The name by which the library's file gets them. */
export const lightWebModule = 'aloft:light-web'
