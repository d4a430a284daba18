import { query, send } from './client';
import type { Overview, ScheduleView } from './schema';
import type { Page } from './types';

export const operate = {
  overview: () => send<Overview>('/overview'),
  schedules: () => send<Page<ScheduleView>>('/schedules' + query({ limit: 1_000 })),
};
