using Lumen.Scenes;
using Xunit;

namespace Lumen.Tests.Scenes;

public class SceneSeedsTests
{
    [Fact]
    public void Splits_never_share_a_layout_seed()
    {
        foreach (var split in Enum.GetValues<SceneSplit>())
        {
            var seeds = Enumerable.Range(0, 20_000).Select(i => SceneSeeds.For(split, i, seed: (ulong)i % 5)).ToList();
            Assert.All(seeds, s => Assert.Equal(split, SceneSeeds.SplitOf(s.Layout)));
        }
    }

    [Fact]
    public void No_layout_comes_twice_within_a_split()
    {
        var seeds = Enumerable.Range(0, 100_000).Select(i => SceneSeeds.For(SceneSplit.Train, i, seed: 9)).ToList();
        Assert.Equal(seeds.Count, seeds.Select(s => s.Layout).Distinct().Count());
        Assert.Equal(seeds.Count, seeds.Select(s => s.Appearance).Distinct().Count());
    }

    [Fact]
    public void Layout_and_appearance_are_independent_even_from_equal_seeds()
    {
        var joint = new double[5, 12];
        const int Draws = 4000;
        for (ulong seed = 0; seed < Draws; seed++)
        {
            var appearance = SceneAppearance.FromSeed(seed);
            joint[SceneLayout.FromSeed(seed).Cars.Count, ((int)appearance.Time * 4) + (int)appearance.Weather]++;
        }

        double square = 0;
        for (int row = 0; row < 5; row++)
        {
            for (int column = 0; column < 12; column++)
            {
                double expected =
                    Enumerable.Range(0, 12).Sum(c => joint[row, c]) * Enumerable.Range(0, 5).Sum(r => joint[r, column]) / Draws;
                square += (joint[row, column] - expected) * (joint[row, column] - expected) / expected;
            }
        }

        Assert.True(square < 79, $"Chi square is {square:F1}; 44 degrees of freedom exceed 78.7 once in a thousand times.");
    }

    [Fact]
    public void Every_time_weather_and_palette_is_about_equally_frequent()
    {
        var looks = Enumerable
            .Range(0, 6000)
            .Select(i => SceneAppearance.FromSeed(SceneSeeds.For(SceneSplit.Train, i, 3).Appearance))
            .ToList();
        Assert.All(looks.GroupBy(l => l.Time), g => Assert.InRange(g.Count(), 1850, 2150));
        Assert.All(looks.GroupBy(l => l.Weather), g => Assert.InRange(g.Count(), 1380, 1620));
        Assert.All(looks.GroupBy(l => l.Palette), g => Assert.InRange(g.Count(), 890, 1110));
    }

    [Fact]
    public void A_layout_holds_only_as_much_as_stated_and_nothing_stands_in_a_car()
    {
        for (ulong seed = 0; seed < 400; seed++)
        {
            var layout = SceneLayout.FromSeed(seed);
            Assert.InRange(layout.Cars.Count, 0, SceneLayout.MaximalCars);
            Assert.InRange(layout.Trees.Count, 0, 4);
            Assert.InRange(layout.People.Count, 0, 3);
            Assert.InRange(layout.Lamps.Count, 0, 3);
            foreach (var car in layout.Cars)
            {
                Assert.InRange(car.Yaw, -3.1416f, 3.1416f);
                var others = layout
                    .People.Select(p => (p.X, p.Z))
                    .Concat(layout.Lamps.Select(l => (l.X, l.Z)))
                    .Concat(layout.Trees.Select(t => (t.X, t.Z)));
                Assert.All(
                    others,
                    o =>
                        Assert.True(
                            Math.Sqrt(((o.X - car.X) * (o.X - car.X)) + ((o.Z - car.Z) * (o.Z - car.Z))) > 1.9,
                            $"Seed {seed}: {o} is too near {car}."
                        )
                );
            }
        }
    }

    [Fact]
    public void A_factor_that_does_not_exist_is_refused_with_a_sentence()
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() =>
            SceneAppearance.Create((TimeOfDay)7, Weather.Fog, BuildingPalette.Blue)
        );
        Assert.Contains("7 is not a TimeOfDay; choose one of Day, Sunset, Night.", fault.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => SceneSeeds.For(SceneSplit.Train, -1, 0));
    }
}
