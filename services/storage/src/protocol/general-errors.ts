/** Errors that all storage services have in common (REST reference, "Common REST API error codes"). */
import { type StorageError, storageErrors } from './storage-error.ts'

export const generalErrors = storageErrors({
  AccountBeingCreated: {
    status: 409,
    message: 'The specified account is in the process of being created.',
  },
  AccountIsDisabled: { status: 403, message: 'The specified account is disabled.' },
  AuthenticationFailed: {
    status: 403,
    message:
      'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  },
  AuthorizationFailure: {
    status: 403,
    message: 'This request is not authorized to perform this operation.',
  },
  AuthorizationPermissionMismatch: {
    status: 403,
    message: 'This request is not authorized to perform this operation using this permission.',
  },
  AuthorizationProtocolMismatch: {
    status: 403,
    message: 'This request is not authorized to perform this operation using this protocol.',
  },
  AuthorizationResourceTypeMismatch: {
    status: 403,
    message: 'This request is not authorized to perform this operation using this resource type.',
  },
  AuthorizationServiceMismatch: {
    status: 403,
    message: 'This request is not authorized to perform this operation using this service.',
  },
  AuthorizationSourceIPMismatch: {
    status: 403,
    message: 'This request is not authorized to perform this operation using this source IP.',
  },
  ConditionNotMet: {
    status: 412,
    message: 'The condition specified using HTTP conditional header(s) is not met.',
  },
  CorsPreflightFailure: {
    status: 403,
    message: 'CORS not enabled or no matching rule found for this request.',
  },
  EmptyMetadataKey: {
    status: 400,
    message: 'The key for one of the metadata key-value pairs is empty.',
  },
  InsufficientAccountPermissions: {
    status: 403,
    message: 'The account being accessed does not have sufficient permissions to execute this operation.',
  },
  InternalError: {
    status: 500,
    message: 'The server encountered an internal error. Please retry the request.',
  },
  InvalidAuthenticationInfo: {
    status: 400,
    message:
      'Authentication information is not given in the correct format. Check the value of Authorization header.',
  },
  InvalidHeaderValue: {
    status: 400,
    message: 'The value for one of the HTTP headers is not in the correct format.',
  },
  InvalidInput: { status: 400, message: 'One of the request inputs is not valid.' },
  InvalidMd5: {
    status: 400,
    message:
      'The MD5 value specified in the request is invalid. The MD5 value must be 128 bits and Base64-encoded.',
  },
  InvalidMetadata: {
    status: 400,
    message: 'The specified metadata is invalid. It includes characters that are not permitted.',
  },
  InvalidQueryParameterValue: {
    status: 400,
    message: 'Value for one of the query parameters specified in the request URI is invalid.',
  },
  InvalidRange: {
    status: 416,
    message: 'The range specified is invalid for the current size of the resource.',
  },
  InvalidResourceName: { status: 400, message: 'The specified resource name contains invalid characters.' },
  InvalidUri: { status: 400, message: 'The requested URI does not represent any resource on the server.' },
  InvalidXmlDocument: { status: 400, message: 'XML specified is not syntactically valid.' },
  InvalidXmlNodeValue: {
    status: 400,
    message: 'The value for one of the XML nodes is not in the correct format.',
  },
  Md5Mismatch: {
    status: 400,
    message:
      'The MD5 value specified in the request did not match with the MD5 value calculated by the server.',
  },
  MetadataTooLarge: {
    status: 400,
    message: 'The metadata specified exceeds the maximum permissible limit (8KB).',
  },
  MissingContentLengthHeader: { status: 411, message: 'The Content-Length header was not specified.' },
  MissingRequiredHeader: {
    status: 400,
    message: 'An HTTP header that is mandatory for this request is not specified.',
  },
  MissingRequiredQueryParameter: {
    status: 400,
    message: 'A query parameter that is mandatory for this request is not specified.',
  },
  MissingRequiredXmlNode: {
    status: 400,
    message: 'A required XML node was not specified in the request body.',
  },
  MultipleConditionHeadersNotSupported: {
    status: 400,
    message: 'Multiple condition headers are not supported.',
  },
  NoAuthenticationInformation: {
    status: 401,
    message:
      'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
  },
  NotImplemented: {
    status: 501,
    message: 'The requested operation is not implemented on the specified resource.',
  },
  OperationTimedOut: {
    status: 500,
    message: 'Operation could not be completed within the permitted time.',
  },
  OutOfRangeInput: { status: 400, message: 'One of the request inputs is out of range.' },
  OutOfRangeQueryParameterValue: {
    status: 400,
    message: 'One of the query parameters specified in the request URI is outside the permissible range.',
  },
  PublicAccessNotPermitted: {
    status: 409,
    message: 'Public access is not permitted on this storage account.',
  },
  RequestBodyTooLarge: {
    status: 413,
    message: 'The request body is too large and exceeds the maximum permissible limit.',
  },
  RequestUrlFailedToParse: { status: 400, message: 'The url in the request could not be parsed.' },
  ResourceAlreadyExists: { status: 409, message: 'The specified resource already exists.' },
  ResourceNotFound: { status: 404, message: 'The specified resource does not exist.' },
  ResourceTypeMismatch: {
    status: 409,
    message: 'The specified resource type does not match the type of the existing resource.',
  },
  ServerBusy: {
    status: 503,
    message: 'The server is currently unable to receive requests. Please retry your request.',
  },
  UnsatisfiableCondition: {
    status: 400,
    message: 'The request includes an unsatisfiable condition for this operation.',
  },
  UnsupportedHeader: {
    status: 400,
    message: 'One of the HTTP headers specified in the request is not supported.',
  },
  UnsupportedHttpVerb: {
    status: 405,
    message: 'The resource does not support the specified HTTP verb.',
  },
  UnsupportedQueryParameter: {
    status: 400,
    message: 'One of the query parameters specified in the request URI is not supported.',
  },
  UnsupportedXmlNode: {
    status: 400,
    message: 'One of the XML nodes specified in the request body is not supported.',
  },
})

/** A header whose value does not have the form that it must have. */
export function invalidHeader(name: string, value: string): StorageError {
  return generalErrors.InvalidHeaderValue({ elements: { HeaderName: name, HeaderValue: value } })
}

export function missingHeader(name: string): StorageError {
  return generalErrors.MissingRequiredHeader({ elements: { HeaderName: name } })
}

export function invalidQuery(name: string, value: string, reason?: string): StorageError {
  return generalErrors.InvalidQueryParameterValue({
    elements: { QueryParameterName: name, QueryParameterValue: value, Reason: reason },
  })
}

export function missingQuery(name: string): StorageError {
  return generalErrors.MissingRequiredQueryParameter({ elements: { QueryParameterName: name } })
}

/** A number that must lie from `minimum` to `maximum`. */
export function queryOutOfRange(
  name: string,
  value: string | number,
  minimum: number,
  maximum: number,
): StorageError {
  return generalErrors.OutOfRangeQueryParameterValue({
    elements: {
      QueryParameterName: name,
      QueryParameterValue: value,
      MinimumAllowed: minimum,
      MaximumAllowed: maximum,
    },
  })
}
