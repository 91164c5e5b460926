using Lumen.Scenes.Captions;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes;

/// <summary>
/// Describes a scene in plain words: lower case, commas as the only punctuation, fewer than 120 different words, never anything false. Time
/// of day and weather are each named nine times in ten, the colour of the buildings seven times in ten, the colour of a clearly visible car
/// every second time.
/// </summary>
public static class CaptionWriter
{
    private const float Noticeable = 0.004f; // share of the picture from which an object is worth a word

    /// <summary>The shortest full caption: "a street at night in fog".</summary>
    public static string Plain(SceneAppearance appearance)
    {
        ArgumentNullException.ThrowIfNull(appearance);
        return $"a street {Phrases.When(appearance.Time)[0]} {Phrases.Air(appearance.Weather)[0]}";
    }

    /// <summary>The caption of a rendered scene; the wording follows from both seeds.</summary>
    internal static string Write(SceneAppearance appearance, SceneLayout layout, IReadOnlyList<SceneObject> objects, int pixels)
    {
        var random = new SceneRandom(Hash.Mix(appearance.Seed ^ 0x434150_54494F4E) ^ layout.Seed);
        bool when = random.Chance(0.9f),
            air = random.Chance(0.9f);
        var extras = Extras(random, appearance, objects, pixels);
        if (appearance.Detail == SceneDetail.Rich)
        {
            AddLook(new SceneRandom(Hash.Mix(appearance.Seed ^ 0x4C4F4F4B) ^ layout.Seed), extras, appearance, layout, objects, pixels);
        }

        string noun = random.Chance(0.85f) ? "street" : "road";
        return random.Weighted(0.42f, 0.2f, 0.14f, 0.14f, 0.1f) switch
        {
            1 when air && appearance.Weather != Weather.Clear => Adjective(random, appearance, noun, when, extras),
            2 when when => Scene(random, appearance, air, extras),
            3 when when || air => Tags(random, appearance, noun, when, air, extras),
            4 when extras.Count > 0 => Led(random, appearance, noun, when, air, extras),
            _ => Full(random, appearance, noun, when, air, extras),
        };
    }

    /// <summary>"a street at night in fog with blue buildings".</summary>
    private static string Full(SceneRandom random, SceneAppearance appearance, string noun, bool when, bool air, List<string> extras) =>
        $"a {noun}{Circumstances(random, appearance, when, air)}{With(random, extras)}";

    /// <summary>"a foggy street at night with blue buildings".</summary>
    private static string Adjective(SceneRandom random, SceneAppearance appearance, string noun, bool when, List<string> extras) =>
        $"a {Pick(random, Phrases.AirAdjective(appearance.Weather))} "
        + $"{noun}{Circumstances(random, appearance, when, air: false)}{With(random, extras)}";

    /// <summary>"a foggy night scene, blue buildings".</summary>
    private static string Scene(SceneRandom random, SceneAppearance appearance, bool air, List<string> extras)
    {
        string when = Pick(random, Phrases.WhenAdjective(appearance.Time)),
            article = !air && when[0] == 'e' ? "an" : "a";
        string sky = air ? Pick(random, Phrases.AirAdjective(appearance.Weather)) + " " : "";
        return $"{article} {sky}{when} scene{With(random, extras)}";
    }

    /// <summary>"foggy street, night, blue buildings".</summary>
    private static string Tags(SceneRandom random, SceneAppearance appearance, string noun, bool when, bool air, List<string> extras)
    {
        var tags = new List<string>();
        bool leading = air && appearance.Weather != Weather.Clear && random.Chance(0.5f);
        tags.Add(leading ? $"{Pick(random, Phrases.AirAdjective(appearance.Weather))} {noun}" : noun);
        if (when)
        {
            tags.Add(Pick(random, Phrases.WhenAlone(appearance.Time)));
        }

        if (air && !leading)
        {
            tags.Add(Pick(random, Phrases.AirAlone(appearance.Weather)));
        }

        tags.AddRange(extras);
        return string.Join(", ", tags);
    }

    /// <summary>"a red car and trees on a street at night in fog".</summary>
    private static string Led(SceneRandom random, SceneAppearance appearance, string noun, bool when, bool air, List<string> extras) =>
        $"{Join(extras)} on a {noun}{Circumstances(random, appearance, when, air)}";

    private static string Circumstances(SceneRandom random, SceneAppearance appearance, bool when, bool air)
    {
        string time = when ? " " + Pick(random, Phrases.When(appearance.Time)) : "",
            weather = air ? " " + Pick(random, Phrases.Air(appearance.Weather)) : "";
        return random.Chance(0.8f) ? time + weather : weather + time;
    }

    private static List<string> Extras(SceneRandom random, SceneAppearance appearance, IReadOnlyList<SceneObject> objects, int pixels)
    {
        var extras = new List<string>();
        if (random.Chance(0.7f) && IsBuiltUp(objects, pixels))
        {
            extras.Add(Pick(random, Phrases.Walls(appearance.Palette)));
        }

        bool thick = appearance.Weather == Weather.Fog;
        var cars = objects.Where(o => o.Class == SceneClass.Car).OrderByDescending(o => o.VisiblePixels).ToList();
        var plain = cars.Where(o => o.VisiblePixels > 0.012f * pixels && (!thick || o.Centre.Z < 26)).ToList();
        bool colour = random.Chance(0.5f),
            count = random.Chance(0.25f);
        if (colour && plain.Count > 0)
        {
            string first = Phrases.Paint(appearance.CarPaints[plain[0].Slot]);
            string second = plain.Count > 1 ? Phrases.Paint(appearance.CarPaints[plain[1].Slot]) : first;
            extras.Add($"a {first} car");
            if (second != first && random.Chance(0.4f))
            {
                extras.Add($"a {second} car");
            }
        }
        else if (count && cars.Count > 0 && cars.TrueForAll(o => o.VisiblePixels > Noticeable * pixels && (!thick || o.Centre.Z < 26)))
        {
            extras.Add(cars.Count == 1 ? "a car" : Phrases.Number(cars.Count) + " cars");
        }

        Mention(random, extras, objects, pixels, SceneClass.Tree, "a tree", "trees");
        Mention(random, extras, objects, pixels, SceneClass.Person, "a person", "people");
        Mention(random, extras, objects, pixels, SceneClass.Pole, "a lamp post", "lamp posts");
        if (random.Chance(0.25f) && !objects.Any(o => o.Class is SceneClass.Car or SceneClass.Person))
        {
            extras.Add("no cars");
        }

        while (extras.Count > 3)
        {
            extras.RemoveAt(random.Below(extras.Count));
        }

        return extras;
    }

    /// <summary>Ground, sky and lights, each every third time, and the colour of the buildings where it was left out by chance.</summary>
    private static void AddLook(
        SceneRandom random,
        List<string> extras,
        SceneAppearance appearance,
        SceneLayout layout,
        IReadOnlyList<SceneObject> objects,
        int pixels
    )
    {
        bool ground = random.Chance(0.35f),
            sky = random.Chance(0.3f),
            lights = random.Chance(0.35f),
            walls = random.Chance(0.5f);
        if (
            walls
            && extras.Count < 3
            && IsBuiltUp(objects, pixels)
            && !extras.Exists(part => Phrases.Walls(appearance.Palette).Contains(part))
        )
        {
            extras.Add(Pick(random, Phrases.Walls(appearance.Palette)));
        }

        if (ground && Phrases.Ground(appearance.Weather) is { Length: > 0 } grounds)
        {
            extras.Add(Pick(random, grounds));
        }

        if (sky)
        {
            extras.Add(Pick(random, Phrases.Sky(appearance)));
        }

        if (lights && appearance.Time == TimeOfDay.Night)
        {
            bool lamps = objects.Any(o => o.Class == SceneClass.Pole && o.VisiblePixels > Noticeable * pixels);
            bool driving = objects.Any(o =>
                o.Class == SceneClass.Car && o.VisiblePixels > 0.012f * pixels && layout.Cars[o.Slot].Motion != CarMotion.Parked
            );
            extras.Add(
                lamps && random.Chance(0.5f) ? "street lamps"
                : driving && random.Chance(0.5f) ? "car lights"
                : "lit windows"
            );
        }
    }

    private static bool IsBuiltUp(IReadOnlyList<SceneObject> objects, int pixels) =>
        objects.Where(o => o.Class == SceneClass.Building).Sum(o => o.VisiblePixels) > 0.04f * pixels;

    private static void Mention(
        SceneRandom random,
        List<string> extras,
        IReadOnlyList<SceneObject> objects,
        int pixels,
        SceneClass kind,
        string one,
        string many
    )
    {
        bool mention = random.Chance(0.22f);
        int all = objects.Count(o => o.Class == kind),
            clear = objects.Count(o => o.Class == kind && o.VisiblePixels > Noticeable * pixels);
        if (mention && clear > 0 && (clear > 1 || all == 1))
        {
            extras.Add(clear > 1 ? many : one);
        }
    }

    private static string With(SceneRandom random, List<string> extras) =>
        extras.Count == 0 ? ""
        : random.Chance(0.6f) ? " with " + Join(extras)
        : ", " + Join(extras);

    private static string Join(List<string> parts) =>
        parts.Count switch
        {
            0 => "",
            1 => parts[0],
            _ => string.Join(", ", parts.Take(parts.Count - 1)) + " and " + parts[^1],
        };

    private static string Pick(SceneRandom random, ReadOnlySpan<string> words) => words[random.Below(words.Length)];
}
