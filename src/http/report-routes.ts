import express, {
  Router,
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { rateLimit } from 'express-rate-limit';

import { clientOf } from '../client-address.ts';
import { ExporterError } from '../errors.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { HttpError, sendError } from './http-error.ts';

/** Accepts the reports of other processes. */
export interface ReportIntake {
  /**
   * @param client - the client that the report counts for in limits
   * @throws ExporterError `invalid_report`
   */
  accept(body: unknown, client: string): object;
}

/** `POST /report`, and its description. */
export function reportRoutes(intake: ReportIntake, openApi: () => object, onLimit: OnLimit): Router {
  return Router()
    .get('/openapi.json', (_request, response) => void response.json(openApi()))
    .post(
      '/report',
      limitRate(onLimit),
      expectJson,
      express.json({ limit: LIMITS.report_size.max }),
      notReadable(onLimit),
      (request: Request, response: Response) => {
        try {
          response.json(intake.accept(request.body, clientOf(request.socket)));
        } catch (error) {
          if (!(error instanceof ExporterError)) throw error;
          throw new HttpError(400, error.code, error.message);
        }
      },
    );
}

function limitRate(onLimit: OnLimit): RequestHandler {
  const { max } = LIMITS.report_rate;
  return rateLimit({
    windowMs: 1000,
    limit: max,
    keyGenerator: ({ socket }) => clientOf(socket),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Validation would write warnings about reverse proxies to the console.
    validate: false,
    handler: (_request, response) => {
      onLimit('report_rate');
      const expected = `expected at most ${max} reports per second from one address`;
      sendError(response, 429, 'too_many_reports', expected);
    },
  });
}

const expectJson: RequestHandler = (request, response, next) => {
  if (request.is('application/json')) next();
  else sendError(response, 415, 'expected_json', 'expected Content-Type: application/json');
};

/** Converts the errors of express.json. */
function notReadable(onLimit: OnLimit): ErrorRequestHandler {
  return (error: { status?: number }, _request, response, next) => {
    switch (error.status) {
      case 413:
        onLimit('report_size');
        return sendError(
          response,
          413,
          'report_too_large',
          `expected at most ${LIMITS.report_size.max} bytes`,
        );
      case 415:
        return sendError(response, 415, 'expected_json', 'expected JSON in UTF-8');
      case 400:
        return sendError(
          response,
          400,
          'invalid_json',
          'expected a JSON object with the length given in Content-Length',
        );
      default:
        next(error);
    }
  };
}
