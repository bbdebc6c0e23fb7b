import {
  InternalServerError,
  ResourceNotFoundException,
  ThrottlingException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { KMSInternalException } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { isCutOff, isThrottled, isUnanswered } from '../../../domain/retryable.ts';

const error = (properties: object) => Object.assign(new Error('a text that nobody reads'), properties);

describe('a call without a usable answer', () => {
  test.each<[string, unknown]>([
    ['500', new InternalServerError({ message: '', $metadata: { httpStatusCode: 500 } })],
    ['500 of KMS', new KMSInternalException({ message: '', $metadata: { httpStatusCode: 500 } })],
    ['500 whose status the SDK did not keep', new InternalServerError({ message: '', $metadata: {} })],
    ['503 that is no JSON', Object.assign(new SyntaxError('<'), { $metadata: { httpStatusCode: 503 } })],
    ['a reset connection', error({ code: 'ECONNRESET' })],
    ['a reset connection as the SDK names it', error({ name: 'TimeoutError', code: 'ECONNRESET' })],
    [
      'a reset connection after the attempts of the SDK',
      error({ code: 'EPIPE', $metadata: { attempts: 3 } }),
    ],
    ['a refused connection', error({ code: 'ECONNREFUSED' })],
    ['a refused connection on each address', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })],
    ['a name that is not resolved', error({ code: 'EAI_AGAIN' })],
    ['a connection that was not made in time', error({ name: 'TimeoutError' })],
    ['an answer that broke off', error({ code: 'ECONNRESET', $metadata: { httpStatusCode: 200 } })],
    ['the deadline of the caller', error({ name: 'AbortError' })],
    ['what the SDK marks as retryable', error({ $retryable: {} })],
  ])('is %s', (_, cause) => {
    expect(isUnanswered(cause)).toBe(true);
  });
});

describe('an answer', () => {
  test.each<[string, unknown]>([
    ['a refusal', new ResourceNotFoundException({ message: '', $metadata: { httpStatusCode: 400 } })],
    ['a refusal without its status', new ResourceNotFoundException({ message: '', $metadata: {} })],
    ['a cancelled transaction', new TransactionCanceledException({ message: '', $metadata: {} })],
    ['a validation', error({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } })],
    ['throttling', new ThrottlingException({ message: '', $metadata: { httpStatusCode: 400 } })],
    ['throttling by trait', error({ $retryable: { throttling: true } })],
    ['a bug', new TypeError('x is not a function')],
    ['a bug met inside the SDK', Object.assign(new TypeError('x'), { $metadata: { attempts: 1 } })],
    ['a bug that Node names', error({ code: 'ERR_INVALID_ARG_TYPE' })],
    ['a file that is not there', error({ code: 'ENOENT' })],
    ['nothing', undefined],
  ])('is %s', (_, cause) => {
    expect(isUnanswered(cause)).toBe(false);
  });
});

test('only what was cut off by the caller is told to be', () => {
  expect(isCutOff(error({ name: 'AbortError' }))).toBe(true);
  expect(isCutOff(error({ name: 'TimeoutError', code: 'ECONNRESET' }))).toBe(false);
});

test('throttling is told by its name and by its trait, and nothing else is', () => {
  expect(isThrottled(new ThrottlingException({ message: '', $metadata: {} }))).toBe(true);
  expect(isThrottled(error({ $retryable: { throttling: true } }))).toBe(true);
  expect(isThrottled(new InternalServerError({ message: '', $metadata: {} }))).toBe(false);
  expect(isThrottled(undefined)).toBe(false);
});
