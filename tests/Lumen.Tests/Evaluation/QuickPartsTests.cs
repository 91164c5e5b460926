using Lumen.Core.Tensors;
using Lumen.Research.Evaluation;
using Lumen.Scenes;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Evaluation;

public sealed class QuickPartsTests
{
    [Fact]
    public void The_prompt_differs_in_time_and_weather_and_depends_on_seed_and_index_alone()
    {
        var random = new RandomStream(3);
        for (var index = 0; index < 200; index++)
        {
            var own = SceneAppearance.FromSeed((ulong)index);
            var other = QuickPrompts.Other(own, index, random);
            Assert.NotEqual(own.Time, other.Time);
            Assert.NotEqual(own.Weather, other.Weather);
            Assert.Equal(other, QuickPrompts.Other(own, index, new RandomStream(3)));
        }
    }

    [Fact]
    public void Every_other_time_and_weather_comes_up()
    {
        var own = SceneAppearance.Create(TimeOfDay.Day, Weather.Clear, BuildingPalette.Grey);
        var others = Enumerable
            .Range(0, 100)
            .Select(index => QuickPrompts.Other(own, index, new RandomStream(1)))
            .Select(other => (other.Time, other.Weather))
            .Distinct();
        Assert.Equal(6, others.Count());
    }

    [Fact]
    public void The_class_of_a_cell_is_the_most_frequent_one()
    {
        byte[] labels = [1, 1, 2, 2, 1, 3, 2, 6]; // 4 wide, 2 high
        Assert.Equal([1L, 2L], FeatureCells.Majority(labels, (4, 2), (2, 1)));
    }

    [Fact]
    public void A_layout_finds_itself_among_others_whatever_its_scale()
    {
        using var scope = NewDisposeScope();
        var references = new RandomStream(1).Normal(5, 3, 4, 4);
        var results = references * 7;
        var agreements = LayoutRetrieval.Agreements(results, references);
        Assert.Equal(1, LayoutRetrieval.TopOne(agreements));
        Assert.All(agreements.diagonal().data<float>(), value => Assert.Equal(1, value, 1e-5));
        Assert.Equal(0, LayoutRetrieval.TopOne(LayoutRetrieval.Agreements(results.roll(1, 0), references)));
    }
}
