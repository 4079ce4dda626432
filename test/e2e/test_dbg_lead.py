from test_model import *
@pytest.mark.parametrize("played",[1],indirect=True)
def test_dbg(played):
    d=differences(dump(played.in_order),dump(played.chaos))
    for k,v in d.items():
        print(k)
        for r in v: print('   ',r)
    assert 0
