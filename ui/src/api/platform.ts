import { ask, at, send, write } from './client';
import type {
  AlertView, BreakerView, ConnectionSpecification, ConnectionUses, ConnectionView, NodeView, PoolView, HourOfWaits, QueueView, SecretItem, TestedState,
  TestState, WorkerView,
} from './schema';
import type { Page } from './types';

const SECRETS = new Set(['Password', 'ApiKeyValue', 'ClientSecret']);

/** Leaves out what nobody is told. */
const withoutSecrets = (connection: ConnectionSpecification) =>
  JSON.parse(JSON.stringify(connection, (name, value: unknown) => (SECRETS.has(name) ? undefined : value))) as unknown;

export const platform = {
  queues: () => send<Page<QueueView> & { waits: HourOfWaits[] }>('/queues'),
  pools: () => send<Page<PoolView>>('/pools'),
  setPool: (name: string, size: number) => write<object>('PUT', at`/pools/${name}`, { size }),
  deletePool: (name: string) => write<object>('DELETE', at`/pools/${name}`),
  breakers: () => send<Page<BreakerView>>('/breakers'),
  resetBreaker: (name: string) => write<object>('POST', at`/breakers/${name}/reset`, {}),
  alerts: () => send<Page<AlertView>>('/alerts'),
  nodes: () => send<Page<NodeView>>('/nodes'),
  workers: () => send<Page<WorkerView>>('/workers'),
  drain: (worker: string, drain: boolean) => write<object>('POST', at`/workers/${worker}/drain`, { drain }),
  secrets: () => send<Page<SecretItem>>('/secrets'),
  setSecret: (name: string, value: string) => write<SecretItem>('PUT', at`/secrets/${name}`, { value }, {}),
  deleteSecret: (name: string) => write<object>('DELETE', at`/secrets/${name}`),
  createConnection: (connection: ConnectionSpecification) => write<object>('POST', '/connections', connection, withoutSecrets(connection)),
  changeConnection: (name: string, change: ConnectionSpecification) => write<object>('PUT', at`/connections/${name}`, change, withoutSecrets(change)),
  deleteConnection: (name: string) => write<object>('DELETE', at`/connections/${name}`),
  connectionUses: (name: string) => send<ConnectionUses>(at`/connections/${name}/uses`),
  /** Runs one state, with its real task. */
  testState: (test: TestState) => ask<TestedState>('POST', '/check/state', test),
  connections: () => send<Page<ConnectionView>>('/connections?limit=100'),
};
