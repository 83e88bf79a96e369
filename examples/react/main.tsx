import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startHoming } from './homing.js';
import { Shop } from './Shop.js';

const { key = '', endpoint = '' } = document.documentElement.dataset;
startHoming({ key, endpoint, wasm: '/homing.wasm' });

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Shop />
    </StrictMode>,
  );
}
