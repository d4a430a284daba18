import { beforeAll, expect, it } from 'vitest';
import { load, speak } from '../i18n/text';
import { whyOf } from './whys';

beforeAll(async () => {
  await speak('pt');
  await load('server');
});

it('tells the common reasons in the language of the reader', () => {
  expect(whyOf('The run is under way: stop it first')).toBe('A execução está em curso: pare-a primeiro.');
  expect(whyOf('Execution is SUCCEEDED and cannot be redriven')).toBe('A execução terminou com êxito: não há nada a retomar.');
  expect(whyOf("Execution Does Not Exist: 'arn:aws:x'")).toBe('Esta execução não existe.');
});

it('leaves what it has no words for as the server says it', () => {
  expect(whyOf('disk I/O error')).toBe('disk I/O error');
});
