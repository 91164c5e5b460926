using Lumen.Extensions.AI;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Lumen.Tests.Facade;

public sealed class ImageGeneratorServiceTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    private static CancellationToken None => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_gets_an_image_generator_over_one_model_from_its_services()
    {
        await using var services = Services();
        var generator = services.GetRequiredService<IImageGenerator>();
        var options = new ImageGenerationOptions
        {
            Count = 2,
            AdditionalProperties = new()
            {
                ["seed"] = 7UL,
                ["num_inference_steps"] = 3,
                ["of_another_generator"] = "x",
            },
        };
        var response = await generator.GenerateImagesAsync("a street", options, None);
        Assert.Equal(["0.png", "1.png"], response.Contents.Cast<DataContent>().Select(content => content.Name));

        var lumen = await services.GetRequiredService<LumenService>().OpenAsync(None);
        Assert.Same(lumen, await services.GetRequiredService<LumenService>().OpenAsync(None));
        var expected = await TinyPipeline.All(lumen.GenerateAsync("a street", TinyPipeline.Quick with { Count = 2 }, stop: None));
        Assert.Equal(expected.Select(picture => picture.ToPng()), response.Contents.Cast<DataContent>().Select(png => png.Data.ToArray()));
        Assert.Equal(2, Assert.IsType<List<GeneratedPicture>>(response.RawRepresentation).Count);
        Assert.Equal("lumen", generator.GetService<ImageGeneratorMetadata>()!.ProviderName);
    }

    [Fact]
    public async Task The_original_image_gives_the_layout()
    {
        await using var lumen = await tiny.Open(stop: None);
        using var generator = new LumenImageGenerator(lumen, TinyPipeline.Quick);
        var edited = await generator.EditImageAsync(TinyPipeline.Reference.ToPng(), "a.png", "a street", cancellationToken: None);
        var request = new LumenRequest("a street") { Reference = TinyPipeline.Reference };
        var expected = (await TinyPipeline.All(lumen.GenerateAsync(request, TinyPipeline.Quick, stop: None)))[0];
        Assert.Equal(expected.ToPng(), Assert.IsType<DataContent>(Assert.Single(edited.Contents)).Data.ToArray());

        var whole = new ImageGenerationOptions { RawRepresentationFactory = _ => TinyPipeline.Quick with { Seed = 8 } };
        var other = await generator.GenerateImagesAsync("a street", whole, None);
        var record = Assert.IsType<List<GeneratedPicture>>(other.RawRepresentation)[0].Record;
        Assert.Equal(8UL, record.Options.Seed);
    }

    [Fact]
    public async Task What_cannot_be_answered_is_refused_and_a_stop_is_obeyed()
    {
        await using var lumen = await tiny.Open(stop: None);
        using var generator = new LumenImageGenerator(lumen, TinyPipeline.Quick);
        await Refused("MediaType", new() { MediaType = "image/webp" });
        await Refused("ResponseFormat", new() { ResponseFormat = ImageGenerationResponseFormat.Uri });
        await Refused("AdditionalProperties", new() { AdditionalProperties = new() { ["seed"] = "often" } });
        await Refused("GuidanceScale", new() { AdditionalProperties = new() { ["guidance_scale"] = 0 } });
        var remote = new ImageGenerationRequest("x", [new UriContent("https://example.org/a.png", "image/png")]);
        var fault = await Assert.ThrowsAsync<LumenException>(() => generator.GenerateAsync(remote, cancellationToken: None));
        Assert.Equal("OriginalImages", fault.Property);
        var stopped = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateImagesAsync("x", cancellationToken: stopped));

        async Task Refused(string property, ImageGenerationOptions options)
        {
            var refused = await Assert.ThrowsAsync<LumenException>(() => generator.GenerateImagesAsync("x", options, None));
            Assert.Equal((LumenErrorKind.Option, property), (refused.Kind, refused.Property));
        }
    }

    [Fact]
    public async Task A_model_that_was_not_named_or_is_not_there_is_a_fault_of_the_request()
    {
        await using var unnamed = new ServiceCollection().AddLumen().BuildServiceProvider();
        var fault = await Assert.ThrowsAsync<LumenException>(() => unnamed.GetRequiredService<LumenService>().OpenAsync(None));
        Assert.Equal("Model", fault.Property);

        var model = tiny.Fresh("later");
        await using var services = new ServiceCollection().AddLumen(model).BuildServiceProvider();
        var service = services.GetRequiredService<LumenService>();
        await Assert.ThrowsAsync<LumenException>(() => service.OpenAsync(None));
        TinyModels.Write(model);
        Assert.Equal("later", (await service.OpenAsync(None)).Model); // tried again
        await service.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() =>
        {
            _ = service.OpenAsync(None);
        });
    }

    private ServiceProvider Services() =>
        new ServiceCollection().AddLumen(tiny.Model, options => options.Opening = TinyPipeline.Options).BuildServiceProvider();
}
