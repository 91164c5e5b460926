using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Augmentation;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Research.Studies;
using Lumen.Scenes;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Generation;

/// <summary>The one description of a generation: its JSON, its ranges, and what earlier versions wrote.</summary>
public sealed class GenerationOptionsTests
{
    private static readonly GenerationOptions All = new()
    {
        NegativePrompt = "blurry",
        NumInferenceSteps = 7,
        Scheduler = "euler_a",
        Eta = 0.25,
        GuidanceScale = 4.5,
        GuidanceStart = 0.25,
        GuidanceEnd = 0.75,
        LayoutGuidanceScale = 1.5,
        CacheInterval = 2,
        ConditioningScale = 0.75,
        ControlGuidanceStart = 0.125,
        ControlGuidanceEnd = 0.5,
        Strength = 0.5,
        Components = 3,
        Width = 64,
        Height = 32,
        Seed = ulong.MaxValue,
        Count = 5,
        BatchSize = 2,
        VaeTiling = true,
    };

    [Fact]
    public void They_serialise_with_the_names_of_diffusers_and_read_back_the_same()
    {
        var json = JsonSerializer.Serialize(All);
        Assert.Equal(All, JsonSerializer.Deserialize<GenerationOptions>(json));
        Assert.Equal(
            "negative_prompt num_inference_steps scheduler eta guidance_scale guidance_start guidance_end layout_guidance_scale "
                + "cache_interval controlnet_conditioning_scale control_guidance_start "
                + "control_guidance_end strength components width height seed num_images_per_prompt batch_size "
                + "vae_tiling",
            string.Join(' ', JsonNode.Parse(json)!.AsObject().Select(entry => entry.Key))
        );
    }

    [Fact]
    public void A_record_names_later_options_only_where_they_differ_from_their_defaults()
    {
        var json = new JsonObject { ["before"] = 1, ["after"] = 2 };
        GenerationOptionsJson.AddTo(json, new GenerationOptions { Scheduler = "ddim" }, 1);
        Assert.Equal(
            """{"before":1,"num_inference_steps":20,"scheduler":"ddim","eta":0,"guidance_scale":3,"controlnet_conditioning_scale":1,"control_guidance_start":0,"control_guidance_end":1,"after":2}""",
            json.ToJsonString()
        );
        var full = new JsonObject();
        GenerationOptionsJson.AddTo(full, All);
        Assert.Equal((0.5, 3), ((double)full["strength"]!, (int)full["components"]!));
        var sampling = All with { NegativePrompt = "", Width = null, Height = null, Seed = 1, Count = 1, BatchSize = null };
        Assert.Equal(sampling, GenerationOptionsJson.Read(JsonFile.Parse(full.ToJsonString(), "it")));
    }

    [Fact]
    public void Values_out_of_range_are_named_by_property_in_any_culture()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
            var faults = (
                All with
                {
                    GuidanceScale = 0.5,
                    Strength = double.NaN,
                    Components = 0,
                    Count = 10_001,
                    ControlGuidanceStart = 0.75,
                }
            ).Faults();
            Assert.Equal(
                [
                    "`GuidanceScale` must be 1 to 50 but is 0.5.",
                    "`Strength` must be above 0 and at most 1 but is NaN.",
                    "`Components` must be 1 or more but is 0.",
                    "`Count` must be 1 to 10000 but is 10001.",
                    "`ControlGuidanceStart` and `ControlGuidanceEnd` must be 0 to 1 in this order but are 0.75 and 0.5.",
                ],
                faults.Select(fault => fault.Sentence())
            );
            Assert.Equal("--guidance must be 1 to 50 but is 0.5.", faults[0].Sentence(_ => "--guidance"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Steps_beyond_those_of_the_models_training_are_refused()
    {
        var fault = Assert.Throws<LumenException>(() => new GenerationOptions { NumInferenceSteps = 60 }.Validate(trainTimesteps: 50));
        Assert.Equal("`NumInferenceSteps` must be 1 to 50 but is 60.", fault.Message);
    }

    [Fact]
    public void A_line_of_an_earlier_manifest_reads_and_writes_the_same_bytes()
    {
        const string Line =
            """{"format":"lumen-augmentation-1","previous":"","generated":true,"item":"images/a_lumen0.png","source":"images/a.png","variant":0,"split":"train","source_sha256":"aa","layout_sha256":"bb","sha256":"cc","labels":[],"extras":[],"model":{"name":"m","weights_sha256":"dd"},"adapter":{"name":"c","weights_sha256":"ee"},"basis_sha256":"ff","prompt":"fog","negative_prompt":"day","domain":"fog","style":"","seed":18446744073709551615,"attempt":2,"num_inference_steps":12,"scheduler":"ddim","eta":0.5,"guidance_scale":3.5,"controlnet_conditioning_scale":1.25,"control_guidance_start":0.1,"control_guidance_end":0.9,"width":64,"height":32,"working_width":64,"working_height":32,"fit":"pad","batch":1,"dtype":"float32","threads":1,"agreement":0.9,"licences":{}}""";
        var entry = ManifestEntry.FromJson(Line, "it");
        Assert.Equal(
            new GenerationOptions
            {
                NegativePrompt = "day",
                NumInferenceSteps = 12,
                Scheduler = "ddim",
                Eta = 0.5,
                GuidanceScale = 3.5,
                ConditioningScale = 1.25,
                ControlGuidanceStart = 0.1,
                ControlGuidanceEnd = 0.9,
                Seed = ulong.MaxValue,
            },
            entry.Generation
        );
        Assert.Equal(Line, entry.ToJson());
        const string LeftOut =
            """{"format":"lumen-augmentation-1","generated":false,"source":"images/b.png","variant":-1,"split":"train","left_out":"duplicate","like":"images/c.png","source_sha256":"aa","layout_sha256":"","labels":[],"extras":[],"basis_sha256":"","prompt":"","negative_prompt":"","domain":"","style":"","seed":0,"attempt":0,"num_inference_steps":0,"scheduler":"","eta":0,"guidance_scale":0,"controlnet_conditioning_scale":0,"control_guidance_start":0,"control_guidance_end":1,"width":0,"height":0,"working_width":0,"working_height":0,"fit":"pad","batch":1,"dtype":"","threads":0,"agreement":0,"licences":{}}""";
        Assert.Equal(LeftOut, ManifestEntry.FromJson(LeftOut, "it").ToJson());
    }

    [Fact]
    public void A_study_recipe_may_have_its_sampling_where_earlier_versions_had_it()
    {
        using var folder = new TempFolder();
        var path = folder.File("recipe.json");
        File.WriteAllText(path, """{"study": "components", "steps": 10, "guidance_scale": 2, "strength": 0.5}""");
        var old = StudyRecipe.Read(path);
        File.WriteAllText(
            path,
            """
            {
              "study": "components",
              "generation": {"num_inference_steps": 10, "guidance_scale": 2, "controlnet_conditioning_scale": 0.5}
            }
            """
        );
        Assert.Equal(
            new GenerationOptions
            {
                NumInferenceSteps = 10,
                GuidanceScale = 2,
                ConditioningScale = 0.5,
            },
            old.Generation
        );
        Assert.Equal(StudyRecipe.Read(path), old);
        File.WriteAllText(path, old.ToJson());
        Assert.Equal(old.Generation, StudyRecipe.Read(path).Generation);
        var rich = old with { SceneDetail = SceneDetail.Rich };
        File.WriteAllText(path, rich.ToJson());
        Assert.Contains("\"scene_detail\": \"rich\"", rich.ToJson(), StringComparison.Ordinal);
        Assert.Equal(rich.SceneDetail, StudyRecipe.Read(path).SceneDetail);
        var fault = Assert.Throws<LumenException>(() =>
            (
                old with
                {
                    Generation = new GenerationOptions { GuidanceScale = 0, Count = 2 },
                }
            ).Validate()
        );
        Assert.Contains("guidance_scale must be 1 to 50 but is 0.", fault.Message, StringComparison.Ordinal);
        Assert.Contains("num_images_per_prompt", fault.Message, StringComparison.Ordinal);
    }
}
