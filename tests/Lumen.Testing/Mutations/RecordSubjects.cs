using System.Security.Cryptography;
using Lumen.Augmentation;
using Lumen.Conditions;
using Lumen.Datasets;
using Lumen.Hub;
using Lumen.Imaging;
using Lumen.Research.Studies;
using Lumen.Training;
using Lumen.Training.Perception;

namespace Lumen.Testing.Mutations;

/// <summary>
/// What Lumen itself writes and reads again, possibly after others had it: manifests, settings, recipes, prompts, what studies store; and
/// the hub's answers.
/// </summary>
internal static class RecordSubjects
{
    public static IEnumerable<MutationSubject> In(string folder) => [.. Enlarged(folder), .. Recipes(folder), .. Others(folder)];

    private static IEnumerable<MutationSubject> Enlarged(string folder)
    {
        var root = Path.Combine(folder, "enlarged");
        foreach (var name in (string[])["images/train/a.png", "images/train/a_lumen0.png"])
            PngWriter.WriteRgb(Path.Combine(root, name), Picture.Filled(16, 8, 1, 2, (byte)name.Length));
        foreach (var name in (string[])["labels/train/a.png", "labels/train/a_lumen0.png"])
            PngWriter.WriteGray8(Path.Combine(root, name), 16, 8, new byte[128]);
        var entry = new ManifestEntry
        {
            Source = "images/train/a.png",
            Split = "train",
            Item = "images/train/a_lumen0.png",
            Generated = true,
            SourceSha256 = Hash("images/train/a.png"),
            Sha256 = Hash("images/train/a_lumen0.png"),
            Labels = [new ManifestFile("labels/train/a_lumen0.png", Hash("labels/train/a.png"), "labels/train/a.png")],
            Model = new ManifestWeights("street-tiny", new string('a', 64)),
            Licences = new Dictionary<string, string> { ["data"] = "CC BY 4.0" },
            KeepClasses = ["car"],
            Prompt = "a street at night",
        };
        var leftOut = new ManifestEntry
        {
            Source = "images/train/b.png",
            Split = "train",
            LeftOut = "rejected",
            Variant = 1,
        };
        var manifest = MutationSubjects.Text(root, "manifest.jsonl", $"{entry.ToJson()}\n{leftOut.ToJson()}\n");
        var settings = MutationSubjects.Text(
            root,
            "lumen/augmentation.json",
            """{"format": "folders", "seed": 1, "dtype": "float32", "originals": true, "size": null, "min_agreement": 0.5, "resolution": "native"}"""
        );
        yield return new MutationSubject("manifest", manifest, Verify);
        yield return new MutationSubject("augmentation.json", settings, Verify);

        string Hash(string name) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(root, name))));

        void Verify() =>
            MutationSubjects.Each(
                () => Verification.Run(root),
                () => Reproduction.Find(Path.Combine(root, "images/train/a_lumen0.png")),
                () => _ = DatasetFormats.Open(root).Items().ToList()
            );
    }

    private static IEnumerable<MutationSubject> Recipes(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(Golden.Repository, "recipes"), "*.json").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            var isStudy =
                name.StartsWith("study-", StringComparison.Ordinal)
                && File.ReadAllText(path).Contains("\"study\"", StringComparison.Ordinal);
            if (
                !(
                    isStudy
                        ? name is "study-augmentation.json" or "study-conditions.json"
                        : name
                            is "street-tiny-adapter.json"
                                or "photos-vae.json"
                                or "street-tiny-clip.json"
                                or "street-tiny-perception.json"
                )
            )
                continue;
            var copy = MutationSubjects.Text(folder, name, File.ReadAllText(path));
            yield return new MutationSubject(
                $"recipe: {name}",
                copy,
                isStudy ? () => StudyRecipe.Read(copy).Validate() : () => Recipe.Read(copy)
            );
        }
    }

    private static IEnumerable<MutationSubject> Others(string folder)
    {
        var prompts = MutationSubjects.Text(
            folder,
            "prompts.toml",
            """
            template = "{domain}, {style}"
            negative = "blurred"
            caption_remove = ["by day", "in clear weather"]

            [domains]
            night = "a street at night"
            fog = { prompt = "a street in fog", weight = 2, negative = "clear sky" }

            [styles]
            photo = "a photograph"
            """
        );
        yield return new MutationSubject(
            "prompts.toml",
            prompts,
            () => PromptMatrixFile.Read(prompts).Choose("a.png", 0, "a street by day", 1)
        );

        var condition = Path.Combine(folder, "condition");
        new ConditionSettings
        {
            Kind = ConditionKind.Canny,
            LowThreshold = 100,
            HighThreshold = 200,
        }.Save(condition);
        var conditionFile = Directory.EnumerateFiles(condition, "*.json", SearchOption.AllDirectories).Single();
        yield return new MutationSubject(
            "condition.json",
            conditionFile,
            () =>
            {
                if (ConditionSettings.Load(condition) is { } settings && settings.Kind != ConditionKind.Layout)
                    settings.ToCondition();
            }
        );

        var perception = MutationSubjects.Text(folder, "perception.json", new PerceptionConfig { Depth = true }.ToJson());
        yield return new MutationSubject("perception config", perception, () => PerceptionConfig.Parse(File.ReadAllText(perception)));

        var study = Path.Combine(folder, "study");
        var (kept, identities) = (
            new Dictionary<string, string> { ["data"] = "streets" },
            new Dictionary<string, string> { ["layout"] = "aa" }
        );
        new StudyStore(study).Bind(kept, identities);
        yield return new MutationSubject(
            "study: run.json",
            Path.Combine(study, "run.json"),
            () => new StudyStore(study).Bind(kept, identities)
        );

        var list = MutationSubjects.Text(
            folder,
            "list.json",
            $$"""{"sha": "{{new string('a', 40)}}", "siblings": [{"rfilename": "model_index.json"}, {"rfilename": "unet/config.json"}], "private": false}"""
        );
        yield return new MutationSubject(
            "hub: list",
            list,
            () =>
            {
                using var answer = new HttpResponseMessage { Content = new ByteArrayContent(File.ReadAllBytes(list)) };
                HubList.Read(answer, HubId.Parse("org/name")!, CancellationToken.None).GetAwaiter().GetResult();
            }
        );
    }
}
