ALTER TABLE billing_internal.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.lanes ENABLE ROW LEVEL SECURITY;
