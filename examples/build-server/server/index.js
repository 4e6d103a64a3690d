#!/usr/bin/env node
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const token = process.env.WEATHER_TOKEN;
if (!token) {
  console.error('WEATHER_TOKEN environment variable is required.');
  process.exit(1);
}

const server = new McpServer({ name: 'weather-example', version: '1.0.0' });
server.registerTool(
  'forecast',
  { description: 'The weather of a place.', inputSchema: { place: z.string() } },
  ({ place }) => ({ content: [{ type: 'text', text: `Sunny in ${place}.` }] }),
);
await server.connect(new StdioServerTransport());
