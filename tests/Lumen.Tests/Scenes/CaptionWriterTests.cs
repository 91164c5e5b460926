using System.Text.RegularExpressions;
using Lumen.Scenes;
using Xunit;

namespace Lumen.Tests.Scenes;

public partial class CaptionWriterTests
{
    private const int Scenes = 600;

    private static readonly Dictionary<string, TimeOfDay> TimeWords = new()
    {
        ["day"] = TimeOfDay.Day,
        ["daytime"] = TimeOfDay.Day,
        ["daylight"] = TimeOfDay.Day,
        ["noon"] = TimeOfDay.Day,
        ["sunset"] = TimeOfDay.Sunset,
        ["dusk"] = TimeOfDay.Sunset,
        ["evening"] = TimeOfDay.Sunset,
        ["night"] = TimeOfDay.Night,
        ["dark"] = TimeOfDay.Night,
    };

    private static readonly Dictionary<string, Weather> WeatherWords = new()
    {
        ["clear"] = Weather.Clear,
        ["fog"] = Weather.Fog,
        ["foggy"] = Weather.Fog,
        ["mist"] = Weather.Fog,
        ["misty"] = Weather.Fog,
        ["snow"] = Weather.Snow,
        ["snowy"] = Weather.Snow,
        ["winter"] = Weather.Snow,
        ["wintry"] = Weather.Snow,
        ["rain"] = Weather.Rain,
        ["rainy"] = Weather.Rain,
        ["wet"] = Weather.Rain,
    };

    private static readonly Dictionary<string, BuildingPalette> PaletteWords = new()
    {
        ["brick"] = BuildingPalette.RedBrick,
        ["yellow"] = BuildingPalette.Yellow,
        ["coloured"] = BuildingPalette.Yellow,
        ["grey"] = BuildingPalette.Grey,
        ["concrete"] = BuildingPalette.Grey,
        ["blue"] = BuildingPalette.Blue,
        ["white"] = BuildingPalette.White,
        ["green"] = BuildingPalette.Green,
    };

    private static readonly List<StreetScene> Sample =
    [
        .. Enumerable.Range(0, Scenes).AsParallel().AsOrdered().Select(i => SceneSamples.Render(i, 32, 32)),
    ];

    private static readonly List<StreetScene> Rich =
    [
        .. Enumerable
            .Range(0, Scenes)
            .AsParallel()
            .AsOrdered()
            .Select(i =>
            {
                var (layout, appearance) = SceneSamples.Draw(i);
                return StreetRenderer.Render(layout, appearance with { Detail = SceneDetail.Rich }, 32, 32);
            }),
    ];

    /// <summary>Words of ground, sky and light, and where they are true.</summary>
    private static readonly (string Words, Func<SceneAppearance, bool> True)[] LookWords =
    [
        ("a white road", look => look.Weather == Weather.Snow),
        ("snow covered", look => look.Weather == Weather.Snow),
        ("puddles", look => look.Weather == Weather.Rain),
        ("reflections", look => look.Weather == Weather.Rain),
        ("a blue sky", look => (look.Time, look.Weather) == (TimeOfDay.Day, Weather.Clear)),
        ("cloudless", look => (look.Time, look.Weather) == (TimeOfDay.Day, Weather.Clear) && look.CloudCover <= 0.15f),
        ("clouds", look => look.Weather == Weather.Clear && look.CloudCover > 0.15f),
        ("stars", look => (look.Time, look.Weather) == (TimeOfDay.Night, Weather.Clear)),
        ("a glowing sky", look => (look.Time, look.Weather) == (TimeOfDay.Sunset, Weather.Clear)),
        ("a grey sky", look => look.Time == TimeOfDay.Day && look.Weather is Weather.Snow or Weather.Rain),
        ("haze", look => look.Weather == Weather.Fog),
        ("a hazy sky", look => look.Weather == Weather.Fog),
        ("street lamps", look => look.Time == TimeOfDay.Night),
        ("car lights", look => look.Time == TimeOfDay.Night),
        ("lit windows", look => look.Time == TimeOfDay.Night),
    ];

    [Fact]
    public void Rich_captions_name_ground_sky_and_lights_where_they_are_so()
    {
        foreach (var (words, isTrue) in LookWords)
        {
            var named = Rich.Where(scene => scene.Caption.Contains(words, StringComparison.Ordinal)).ToList();
            Assert.True(named.Count > 0, words);
            Assert.All(named, scene => Assert.True(isTrue(scene.Appearance), scene.Caption));
        }

        Assert.All(Rich, s => Assert.Matches("^[a-z]+(,? [a-z]+)*$", s.Caption));
        Assert.InRange(Rich.SelectMany(s => Words(s.Caption)).Distinct().Count(), 75, 149);
    }

    [Fact]
    public void Captions_never_name_another_time_weather_or_palette()
    {
        foreach (var scene in Sample.Concat(Rich))
        {
            foreach (string word in Words(scene.Caption))
            {
                Assert.True(!TimeWords.TryGetValue(word, out var time) || time == scene.Appearance.Time, scene.Caption);
                Assert.True(!WeatherWords.TryGetValue(word, out var weather) || weather == scene.Appearance.Weather, scene.Caption);
            }

            foreach (Match match in WallsPattern().Matches(scene.Caption))
            {
                Assert.True(
                    PaletteWords[match.Groups[1].Value] == scene.Appearance.Palette,
                    $"{scene.Caption} ({scene.Appearance.Palette})"
                );
                Assert.Contains(scene.Objects, o => o.Class == SceneClass.Building);
            }
        }
    }

    [Fact]
    public void Captions_mention_only_objects_that_can_be_seen()
    {
        foreach (var scene in Sample.Concat(Rich))
        {
            string caption = scene.Caption;
            int Seen(SceneClass kind) => scene.Objects.Count(o => o.Class == kind);
            foreach (Match match in CarPattern().Matches(caption))
            {
                Assert.Contains(
                    scene.Objects,
                    o =>
                        o.Class == SceneClass.Car
                        && scene.Appearance.CarPaints[o.Slot].ToString().Equals(match.Groups[1].Value, StringComparison.OrdinalIgnoreCase)
                );
            }

            string[] numbers = ["two cars", "three cars", "four cars"];
            for (int i = 0; i < numbers.Length; i++)
            {
                Assert.True(!caption.Contains(numbers[i], StringComparison.Ordinal) || Seen(SceneClass.Car) == i + 2, caption);
            }

            var words = Words(caption);
            Assert.True(!words.Contains("trees") || Seen(SceneClass.Tree) >= 2, caption);
            Assert.True(!words.Contains("tree") || Seen(SceneClass.Tree) == 1, caption);
            Assert.True(!words.Contains("people") || Seen(SceneClass.Person) >= 2, caption);
            Assert.True(!words.Contains("person") || Seen(SceneClass.Person) == 1, caption);
            Assert.True(!caption.Contains("a lamp post", StringComparison.Ordinal) || Seen(SceneClass.Pole) == 1, caption);
            Assert.True(!words.Contains("posts") || Seen(SceneClass.Pole) >= 2, caption);
            Assert.True(!caption.Contains("no cars", StringComparison.Ordinal) || Seen(SceneClass.Car) == 0, caption);
            Assert.True(!caption.Contains("a car", StringComparison.Ordinal) || Seen(SceneClass.Car) == 1, caption);
        }
    }

    [Fact]
    public void Captions_are_plain_lower_case_words_of_a_small_vocabulary()
    {
        Assert.All(Sample, s => Assert.Matches("^[a-z]+(,? [a-z]+)*$", s.Caption));
        Assert.InRange(Sample.SelectMany(s => Words(s.Caption)).Distinct().Count(), 60, 119);
    }

    [Fact]
    public void Time_and_weather_are_named_nine_times_in_ten_and_palettes_often()
    {
        double Share(Func<string, bool> named) => Sample.Count(s => Words(s.Caption).Any(named)) / (double)Scenes;
        Assert.InRange(Share(TimeWords.ContainsKey), 0.84, 0.96);
        Assert.InRange(Share(WeatherWords.ContainsKey), 0.84, 0.96);
        Assert.InRange(Sample.Count(s => WallsPattern().IsMatch(s.Caption)) / (double)Scenes, 0.5, 0.75);
        Assert.InRange(Sample.Count(s => CarPattern().IsMatch(s.Caption)) / (double)Scenes, 0.2, 0.5);
    }

    [Theory]
    [InlineData(TimeOfDay.Night, Weather.Fog, "a street at night in fog")]
    [InlineData(TimeOfDay.Day, Weather.Clear, "a street by day in clear weather")]
    [InlineData(TimeOfDay.Sunset, Weather.Snow, "a street at sunset in snow")]
    [InlineData(TimeOfDay.Day, Weather.Rain, "a street by day in rain")]
    public void The_plain_caption_names_time_and_weather(TimeOfDay time, Weather weather, string expected) =>
        Assert.Equal(expected, CaptionWriter.Plain(SceneAppearance.Create(time, weather, BuildingPalette.Blue)));

    [Fact]
    public void Wording_varies_with_the_appearance_seed()
    {
        var (layout, appearance) = SceneSamples.Draw(8);
        var captions = Enumerable
            .Range(0, 20)
            .Select(i => StreetRenderer.Render(layout, appearance with { Seed = (ulong)i }, 32, 32).Caption)
            .Distinct();
        Assert.True(captions.Count() > 10);
    }

    private static string[] Words(string caption) => caption.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex("([a-z]+) (?:buildings|houses)")]
    private static partial Regex WallsPattern();

    [GeneratedRegex("a ([a-z]+) car\\b")]
    private static partial Regex CarPattern();
}
