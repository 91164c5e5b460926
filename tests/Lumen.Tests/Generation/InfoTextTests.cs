using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Schedules;
using Xunit;

namespace Lumen.Tests.Generation;

/// <summary>The entry <c>parameters</c> as AUTOMATIC1111's web UI reads it back.</summary>
public sealed class InfoTextTests
{
    private static readonly GenerationRecord Record = new()
    {
        Prompt = "a street at (night:1.2),\nin fog",
        Options = new GenerationOptions
        {
            NumInferenceSteps = 20,
            Seed = 4294967296,
            GuidanceScale = 3.5,
            NegativePrompt = "blurry",
            ConditioningScale = 1.5,
            ControlGuidanceEnd = 0.8,
            Scheduler = "dpmpp_2m_karras",
            Width = 64,
            Height = 32,
        },
        Model = ("tiny, v2: final", new string('a', 64)),
        Adapter = ("street, edges", new string('b', 64)),
        Source = ("reference", "ref.png", new string('c', 64)),
        ComputeType = "float32",
    };

    [Fact]
    public void Values_stand_under_its_names_and_are_quoted_as_it_quotes() =>
        Assert.Equal(
            "a street at (night:1.2),\nin fog\nNegative prompt: blurry\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG "
                + "scale: 3.5, Seed: 4294967296, Size: 64x32, Model hash: aaaaaaaaaa, "
                + "Model: \"tiny, v2: final\", ControlNet 0: \"Module: none, Model: street  edges [bbbbbbbb], Weight: 1.5, Resize Mode: "
                + "Crop and Resize, Guidance Start: 0.0, Guidance End: 0.8, "
                + "Pixel Perfect: False, Control Mode: Balanced\"",
            Record.ToParameters()
        );

    [Theory]
    [InlineData("\"final\"", "Model: \"\\\"final\\\"\", ")]
    [InlineData("two\nlines", "Model: \"two\\nlines\", ")]
    [InlineData("a \"b\" c", "Model: a \"b\" c, ")]
    [InlineData("模型 1", "Model: 模型 1, ")]
    public void A_name_is_read_back_as_it_is(string name, string expected) =>
        Assert.Contains(expected, (Record with { Model = (name, Record.Model.Hash) }).ToParameters(), StringComparison.Ordinal);

    [Theory]
    [InlineData("euler", "Euler", "Uniform")]
    [InlineData("euler_a", "Euler a", "Uniform")]
    [InlineData("euler_karras", "Euler", "Karras")]
    [InlineData("dpmpp_2m", "DPM++ 2M", "Uniform")]
    [InlineData("dpmpp_2m_sde_karras", "DPM++ 2M SDE", "Karras")]
    [InlineData("dpmpp_3m_sde", "DPM++ 3M SDE", "Uniform")]
    [InlineData("ddim", "DDIM", null)]
    [InlineData("DDIMScheduler", "DDIM", null)]
    [InlineData("pndm", "PLMS", null)]
    [InlineData("unipc", "UniPC", null)]
    [InlineData("lcm", "LCM", null)]
    [InlineData("EulerAncestralDiscreteScheduler", "Euler a", "Uniform")]
    public void Samplers_have_its_names(string name, string sampler, string? schedule)
    {
        var text = (Record with { Options = Record.Options with { Scheduler = name } }).ToParameters();
        Assert.Contains(
            $", Sampler: {sampler}, {(schedule is null ? "CFG scale" : $"Schedule type: {schedule}, CFG")}",
            text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void No_short_name_of_a_sampler_is_left_as_it_is_typed_here() =>
        Assert.All(
            SamplerRegistry.BuiltIn.ShortNames,
            name =>
                Assert.DoesNotContain(
                    $"Sampler: {name},",
                    (Record with { Options = Record.Options with { Scheduler = name } }).ToParameters(),
                    StringComparison.Ordinal
                )
        );

    [Fact]
    public void Every_picture_of_a_batch_has_the_seed_that_makes_it_alone()
    {
        var third = Record with { Item = 2 };
        Assert.Equal(4294967296u, Record.PictureSeed);
        Assert.Equal(new RandomStream(4294967296).For(2), new RandomStream(third.PictureSeed).For(0));
        Assert.Contains($"Seed: {third.PictureSeed},", third.ToParameters(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_reads_back_the_same()
    {
        var all = Record with
        {
            Item = 3,
            Threads = 2,
            Layout = new LayoutRecord(new string('d', 64), new string('e', 64), (4, 32), 0.8125),
            Options = Record.Options with { Scheduler = "ddim", Eta = 0.5, Seed = ulong.MaxValue, Components = 4 },
        };
        Assert.Equal(all, GenerationRecord.Parse(all.ToPngText().Lumen!, "it"));
        var old = all.ToJson();
        old.Remove("threads");
        old.Remove("picture_seed");
        Assert.Equal(all with { Threads = null }, GenerationRecord.Parse(old.ToJsonString(), "it"));
        var fault = Assert.Throws<LumenException>(() =>
            GenerationRecord.Parse(
                """{"format": "lumen-generation-1", "width": "big", "model": 3, "dtype": "int8"}""",
                "The record in it.png"
            )
        );
        Assert.All(
            new[] { "The record in it.png", "width", "model", "dtype", "height", "num_inference_steps" },
            named => Assert.Contains(named, fault.Message, StringComparison.Ordinal)
        );
    }
}
