"""Texts without an address answer nothing."""

import pytest

from geo.gazetteer import Gazetteer, Verdict


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "。。。", "12号", "往北约200米", "对面", "路口", "口", "人行道上",
        "井盖坏了", "路灯不亮", "人行道上有人倒建筑垃圾", "119路车站旁的井没盖,昨晚有人踩进去",
        "小区大门口有根线杆歪了四十五度", "我家楼下有人半夜唱歌,吵得睡不着", "公园路灯不亮了",
        "货车刮到空中的缆线,拉倒三根水泥杆,缆线掉了两百米", "12月3号报的案件,没有人来处理",
        "整条路成了黄泥路", "你们什么时候上班", "有人在桥下烧垃圾", "一条大路", "那条路坏了很久",
        "自行车道上有根电缆掉下来,离地一米五", "请把东西两侧的绿化带修一下",
        "电话07723456789,编号20260031",
    ],
)  # fmt: skip
def test_a_text_without_an_address_answers_nothing(gazetteer: Gazetteer, text: str) -> None:
    answer = gazetteer.geocode(text)
    assert answer.candidates == ()
    assert answer.best is None
    assert answer.verdict is Verdict.NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "河北区宜洁道与宜爽路交口处", "德政荣光路口", "市中区齐村镇渴口村", "西湖区子羽路",
        "越秀区云鹤北街二十七巷1号旁的人行道", "东升小学沿线以及长炼小区沿线",
        "相城区天房美瑜兰庭小区南门", "凌波桥与瀛洲桥段,洛河南岸乐道", "市北区郭口路2号119路车站旁边",
    ],
)  # fmt: skip
def test_an_address_of_another_city_answers_nothing(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.geocode(text).candidates == ()
