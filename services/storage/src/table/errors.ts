/** Errors of the Table service (REST reference, "Table service error codes"). */
import { storageErrors } from '../protocol/storage-error.ts'

export const tableErrors = storageErrors({
  AtomFormatNotSupported: { status: 415, message: 'Atom format is not supported.' },
  CommandsInBatchActOnDifferentPartitions: {
    status: 400,
    message: 'All commands in a batch must operate on same entity group.',
  },
  EntityAlreadyExists: { status: 409, message: 'The specified entity already exists.' },
  EntityTooLarge: { status: 400, message: 'The entity is larger than the maximum allowed size (1MB).' },
  InvalidDuplicateRow: {
    status: 400,
    message:
      'The batch request contains multiple changes with same row key. An entity can appear only once in a batch request.',
  },
  JsonFormatNotSupported: { status: 415, message: 'JSON format is not supported.' },
  KeyValueTooLarge: {
    status: 400,
    message: 'The key value exceeds the maximum allowed size (1KB).',
  },
  PropertiesNeedValue: {
    status: 400,
    message: 'The values are not specified for all properties in the entity.',
  },
  PropertyNameInvalid: { status: 400, message: 'The property name is invalid.' },
  PropertyNameTooLong: {
    status: 400,
    message: 'The property name exceeds the maximum allowed length (255).',
  },
  PropertyValueTooLarge: {
    status: 400,
    message:
      'The property value exceeds the maximum allowed size (64KB). If the property value is a string, it is UTF-16 encoded and the maximum number of characters should be 32K or less.',
  },
  TableAlreadyExists: { status: 409, message: 'The table specified already exists.' },
  TableNotFound: { status: 404, message: 'The table specified does not exist.' },
  TooManyProperties: {
    status: 400,
    message:
      'The entity contains more properties than allowed. Each entity can include up to 252 properties to store data. Each entity also has 3 system properties.',
  },
  UpdateConditionNotSatisfied: {
    status: 412,
    message: 'The update condition specified in the request was not satisfied.',
  },
  XMethodIncorrectValue: { status: 400, message: 'The specified X-HTTP-Method is invalid.' },
  XMethodNotUsingPost: {
    status: 400,
    message: 'The request uses X-HTTP-Method with an HTTP verb other than POST.',
  },
})
