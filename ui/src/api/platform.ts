import { at, send, write } from './client';
import type { BreakerView, ConnectionView, PoolView, QueueView, SecretItem, WorkerView } from './schema';
import type { Page } from './types';

export const platform = {
  queues: () => send<Page<QueueView>>('/queues'),
  pools: () => send<Page<PoolView>>('/pools'),
  setPool: (name: string, size: number) => write<object>('PUT', at`/pools/${name}`, { size }),
  deletePool: (name: string) => write<object>('DELETE', at`/pools/${name}`),
  breakers: () => send<Page<BreakerView>>('/breakers'),
  resetBreaker: (name: string) => write<object>('POST', at`/breakers/${name}/reset`, {}),
  workers: () => send<Page<WorkerView>>('/workers'),
  drain: (worker: string, drain: boolean) => write<object>('POST', at`/workers/${worker}/drain`, { drain }),
  secrets: () => send<Page<SecretItem>>('/secrets'),
  setSecret: (name: string, value: string) => write<SecretItem>('PUT', at`/secrets/${name}`, { value }),
  deleteSecret: (name: string) => write<object>('DELETE', at`/secrets/${name}`),
  connections: () => send<Page<ConnectionView>>('/connections?limit=100'),
};
