-- Small Stripe objects and events for the regression tests, as of API version 2025-03-31.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SELECT billing.install() IS NOT NULL AS installed;

CREATE FUNCTION pg_temp.seconds(at timestamptz) RETURNS bigint
LANGUAGE sql AS 'SELECT floor(extract(epoch FROM at))::bigint';

-- Hands an event to the inbox: 'stored' or 'duplicate'.
CREATE FUNCTION pg_temp.send(event_id text, kind text, at timestamptz, object jsonb) RETURNS text
LANGUAGE sql AS $$
    SELECT billing.ingest_event(json_build_object(
        'id', event_id,
        'object', 'event',
        'api_version', '2025-03-31.basil',
        'created', pg_temp.seconds(at),
        'livemode', false,
        'type', kind,
        'data', json_build_object('object', object)
    ))
$$;

CREATE FUNCTION pg_temp.customer(id text, name text, at timestamptz) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'id', id,
        'object', 'customer',
        'created', pg_temp.seconds(at),
        'email', name || '@example.com',
        'name', name,
        'metadata', '{}'::jsonb,
        'livemode', false
    )
$$;

CREATE FUNCTION pg_temp.price(amount bigint, every text, currency text) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'id', 'price_' || amount || '_' || every || '_' || currency,
        'object', 'price',
        'active', true,
        'billing_scheme', 'per_unit',
        'created', 1700000000,
        'currency', currency,
        'product', 'prod_1',
        'recurring', jsonb_build_object('interval', every, 'interval_count', 1, 'usage_type', 'licensed'),
        'type', 'recurring',
        'unit_amount', amount,
        'unit_amount_decimal', amount::text,
        'livemode', false
    )
$$;

-- With one item. `more` overrides any key.
CREATE FUNCTION pg_temp.subscription(id text, customer text, status text, start_date timestamptz, amount bigint, every text = 'month', currency text = 'usd', quantity integer = 1, more jsonb = '{}') RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'id', id,
        'object', 'subscription',
        'automatic_tax', '{"enabled": false}'::jsonb,
        'billing_cycle_anchor', pg_temp.seconds(start_date),
        'cancel_at', NULL,
        'cancel_at_period_end', false,
        'canceled_at', NULL,
        'created', pg_temp.seconds(start_date),
        'currency', currency,
        'customer', customer,
        'default_tax_rates', '[]'::jsonb,
        'discounts', '[]'::jsonb,
        'ended_at', NULL,
        'items', jsonb_build_object('object', 'list', 'has_more', false, 'data', jsonb_build_array(jsonb_build_object(
            'id', 'si_' || id,
            'object', 'subscription_item',
            'current_period_start', pg_temp.seconds(start_date),
            'current_period_end', pg_temp.seconds(start_date + ('1 ' || every)::interval),
            'discounts', '[]'::jsonb,
            'price', pg_temp.price(amount, every, currency),
            'quantity', quantity,
            'subscription', id,
            'tax_rates', '[]'::jsonb
        ))),
        'livemode', false,
        'metadata', '{}'::jsonb,
        'pause_collection', NULL,
        'start_date', pg_temp.seconds(start_date),
        'status', status,
        'trial_end', NULL,
        'trial_start', NULL
    ) || more
$$;

CREATE FUNCTION pg_temp.invoice(id text, customer text, status text, at timestamptz, total bigint, without_tax bigint, paid bigint, currency text = 'usd', more jsonb = '{}') RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'id', id,
        'object', 'invoice',
        'amount_due', paid,
        'amount_paid', CASE WHEN status = 'paid' THEN paid ELSE 0 END,
        'amount_remaining', CASE WHEN status = 'paid' THEN 0 ELSE paid END,
        'attempted', true,
        'billing_reason', 'subscription_cycle',
        'created', pg_temp.seconds(at),
        'currency', currency,
        'customer', customer,
        'livemode', false,
        'period_start', pg_temp.seconds(at),
        'period_end', pg_temp.seconds(at),
        'status', status,
        'status_transitions', jsonb_build_object('finalized_at', pg_temp.seconds(at), 'paid_at', CASE WHEN status = 'paid' THEN pg_temp.seconds(at) END),
        'subtotal', total,
        'total', total,
        'total_excluding_tax', without_tax
    ) || more
$$;
