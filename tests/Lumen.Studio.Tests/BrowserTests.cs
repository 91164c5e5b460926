using Deque.AxeCore.Playwright;
using Lumen.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>The page as a person uses it.</summary>
public sealed partial class BrowserTests(StudioBrowser browser) : IClassFixture<StudioBrowser>
{
    private const float Patience = 60_000;

    [Fact]
    public async Task A_picture_is_dropped_its_layout_seen_and_results_generated_with_a_preview()
    {
        var page = await browser.Open();
        await Drop(page, StudioBrowser.Reference);
        await page.Locator(".components img").First.WaitForAsync(new() { Timeout = Patience });
        await Prompt(page, "a street at sunset in clear weather");
        await page.Locator("#count").FillAsync("3");
        await page.Locator("#count").BlurAsync();
        await Generate(page);
        await page.Locator("[data-preview]").WaitForAsync(new() { Timeout = Patience });
        await page.Locator(".live .facts", new() { HasTextString = "s left" }).WaitForAsync(new() { Timeout = Patience });
        await StudioBrowser.Shoot(page, "preview");
        await Done(page);
        await Assertions.Expect(page.Locator(".strip[aria-label='Pictures of this job'] .thumb")).ToHaveCountAsync(3);
        await StudioBrowser.Shoot(page, "create");
        await page.Locator("[data-theme-toggle]").ClickAsync();
        await StudioBrowser.Shoot(page, "dark");
        await page.Locator("[data-theme-toggle]").ClickAsync();
        await page.Locator(".cut").FillAsync("20");
        Assert.Equal("20%", await page.EvaluateAsync<string>("document.getElementById('compare').style.getPropertyValue('--cut')"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Agreement" }).ClickAsync();
        await page.Locator("img.agreement").WaitForAsync();
        await Prompt(page, "a street in zebra weather");
        await page.Locator(".note.warn", new() { HasTextString = "zebra" }).WaitForAsync();
    }

    [Fact]
    public async Task A_job_is_stopped_and_found_again_after_a_reload()
    {
        var page = await browser.Open();
        await Drop(page, StudioBrowser.Reference);
        await page.Locator(".components img").First.WaitForAsync(new() { Timeout = Patience });
        await Prompt(page, "a street in snow");
        await page.Locator("#count").FillAsync("40");
        await page.Locator("#count").BlurAsync();
        await Generate(page);
        await page.Locator(".live progress").WaitForAsync(new() { Timeout = Patience });
        await page.ReloadAsync();
        await page.Locator(".live progress").WaitForAsync(new() { Timeout = Patience });
        await Assertions.Expect(page.Locator("#prompt")).ToHaveValueAsync("a street in snow");
        await page.Locator(".live").GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await page.Locator(".queue .state.stopped").First.WaitForAsync(new() { Timeout = Patience });
        await Assertions.Expect(page.Locator(".live progress")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_grid_is_generated_with_labels_and_one_sheet()
    {
        var page = await Ready("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Grid" }).ClickAsync();
        await page.Locator("#x-dial").SelectOptionAsync("prompt");
        await page.GetByLabel("Values of the columns, one a line").FillAsync("a street at night\na street in snow\na street at sunset");
        await page.Locator("#y-dial").SelectOptionAsync("components");
        await page.GetByLabel("Values of the rows, one a line").FillAsync("4\n32");
        await page.GetByRole(AriaRole.Button, new() { Name = "Generate the grid" }).ClickAsync();
        await page.Locator("[data-sheet]").WaitForAsync(new() { Timeout = Patience });
        await Assertions.Expect(page.Locator(".matrix td img")).ToHaveCountAsync(6);
        await Assertions.Expect(page.Locator(".matrix th[scope=row]")).ToHaveTextAsync(["components 4", "components 32"]);
        await StudioBrowser.Shoot(page, "grid");
        await page.Locator("#z-dial").SelectOptionAsync("seed");
        await page.GetByLabel("Values of the sheets, one a line").FillAsync("1\n2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Generate the grid" }).ClickAsync();
        await page.Locator("[data-sheet]").Nth(1).WaitForAsync(new() { Timeout = Patience });
        await Assertions.Expect(page.Locator(".card h3")).ToHaveTextAsync(["seed 1", "seed 2"]);
        await Assertions.Expect(page.Locator(".matrix td img")).ToHaveCountAsync(12);

        var sheet = await page.Locator("[data-sheet]").Last.GetAttributeAsync("href");
        using var folder = new TempFolder();
        var file = await page.Context.APIRequest.GetAsync($"{browser.Address}{sheet}");
        await File.WriteAllBytesAsync(folder.File("sheet.png"), await file.BodyAsync());
        page = await browser.Open();
        await Drop(page, folder.File("sheet.png"));
        await page.GetByText("This picture holds settings of a grid.").WaitForAsync(new() { Timeout = Patience });
        await page.GetByRole(AriaRole.Button, new() { Name = "Use them" }).ClickAsync();
        await page.Locator("#x-dial").WaitForAsync();
        await Assertions.Expect(page.Locator("#x-dial")).ToHaveValueAsync("prompt");
        await Assertions.Expect(page.GetByLabel("Values of the rows, one a line")).ToHaveValueAsync("4\n32");
        await Assertions.Expect(page.GetByLabel("Values of the sheets, one a line")).ToHaveValueAsync("2");
    }

    [Fact]
    public async Task Conditions_are_compared_on_one_reference()
    {
        var page = await Ready("/");
        await Prompt(page, "a street by day");
        await page.GetByRole(AriaRole.Link, new() { Name = "Grid" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare conditions" }).ClickAsync();
        await page.Locator(".matrix th", new() { HasTextString = "adapter canny" }).WaitForAsync(new() { Timeout = Patience });
        await page.Locator("[data-sheet]").WaitForAsync(new() { Timeout = Patience });
        await Assertions.Expect(page.Locator(".matrix th[scope=col]")).ToHaveTextAsync(["adapter controlnet", "adapter canny"]);
        await Assertions.Expect(page.Locator(".matrix td img")).ToHaveCountAsync(2);
        await StudioBrowser.Shoot(page, "compare");
    }

    [Fact]
    public async Task The_adapter_is_switched_on_the_model_page()
    {
        var page = await Ready("/");
        await Prompt(page, "a street by day");
        await page.GetByRole(AriaRole.Link, new() { Name = "Model" }).ClickAsync();
        await page.Locator("#adapter").SelectOptionAsync("canny");
        await page.GetByRole(AriaRole.Link, new() { Name = "Create" }).ClickAsync();
        await page.Locator("[data-adapter=canny]").WaitForAsync();
        await Generate(page);
        await Done(page);
        var id = await page.Locator("[data-result]").First.GetAttributeAsync("data-result");
        var settings = await page.EvaluateAsync<string>($"fetch('/api/pictures/{id}/settings').then(answer => answer.text())");
        Assert.Contains("\"canny\"", settings, StringComparison.Ordinal);

        // It comes back with the settings of a picture that it made.
        await page.GetByRole(AriaRole.Link, new() { Name = "Model" }).ClickAsync();
        await page.Locator("#adapter").SelectOptionAsync("controlnet");
        await page.GetByRole(AriaRole.Link, new() { Name = "Gallery" }).ClickAsync();
        await page.Locator(".tile .open").First.ClickAsync();
        await page.Locator("dd", new() { HasTextString = "canny" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Use these settings" }).ClickAsync();
        await page.Locator("[data-adapter=canny]").WaitForAsync();
    }

    [Fact]
    public async Task Dials_that_seldom_matter_are_turned_and_come_back_with_the_settings_of_a_picture()
    {
        var page = await Ready("/");
        await Prompt(page, "a street by day in clear weather");
        await page.GetByText("More", new() { Exact = true }).ClickAsync();
        await page.Locator("#tiles").CheckAsync();
        await page.GetByLabel("Whole network computed").FillAsync("2");
        await page.GetByLabel("Guidance by the layout").FillAsync("1.5");
        await page.GetByLabel("Guidance acts to").FillAsync("0.8");
        await page.GetByText("More (4 not as usual)").WaitForAsync();
        var stage = page.Locator("#stage-title");
        await page.Locator("#preset-name").ScrollIntoViewIfNeededAsync();
        await Assertions.Expect(stage).ToBeInViewportAsync(); // the result stays in sight while dials are turned
        await Generate(page);
        await Done(page);
        var jobs = await page.EvaluateAsync<string>("fetch('/api/jobs').then(answer => answer.text())");
        foreach (
            var option in new[] { "\"vae_tiling\":true", "\"cache_interval\":2", "\"layout_guidance_scale\":1.5", "\"guidance_end\":0.8" }
        )
            Assert.Contains(option, jobs, StringComparison.Ordinal);

        page = await browser.Open("/gallery");
        await page.GetByLabel("Search by words of the prompt").FillAsync("clear weather");
        await page.Locator(".tile .open").First.ClickAsync();
        await page.Locator("dd", new() { HasTextString = "in tiles" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Use these settings" }).ClickAsync();
        await page.GetByText("not as usual").WaitForAsync();
        await Assertions.Expect(page.Locator("#tiles")).ToBeCheckedAsync();
        await Assertions.Expect(page.GetByLabel("Whole network computed")).ToHaveValueAsync("2");
    }

    [Fact]
    public async Task A_layout_is_edited_undone_and_generated_from()
    {
        var page = await Ready("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Layout editor" }).ClickAsync();
        var shown = page.Locator("[data-layout]");
        var first = await shown.GetAttributeAsync("data-layout");
        await page.GetByRole(AriaRole.Button, new() { Name = "Mirror" }).ClickAsync();
        await page.Locator("ol li", new() { HasTextString = "mirror" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await page.Locator($"[data-layout='{first}']").WaitForAsync();
        await page.Locator("#region").FillAsync("0, 0, 40, 40");
        await page.Locator("#to").FillAsync("60, 20");
        await page.GetByRole(AriaRole.Button, new() { Name = "Paste from the same" }).ClickAsync();
        await page.Locator("ol li", new() { HasTextString = "paste" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await page.Locator($"[data-layout='{first}']").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Rectangle" }).ClickAsync();
        var box = (await page.Locator(".editor canvas").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + box.Width * 0.55f, box.Y + box.Height * 0.35f);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + box.Width * 0.9f, box.Y + box.Height * 0.8f, new() { Steps = 4 });
        await page.Mouse.UpAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Erase", Exact = true }).ClickAsync();
        await page.Locator("ol li", new() { HasTextString = "erase" }).WaitForAsync();
        var edited = await shown.GetAttributeAsync("data-layout");
        Assert.NotEqual(first, edited);
        await Prompt(page, "a street by day");
        await page.GetByRole(AriaRole.Button, new() { Name = "Generate from this layout" }).ClickAsync();
        await Done(page);
        await StudioBrowser.Shoot(page, "editor");
        Assert.Contains(
            edited!,
            await page.EvaluateAsync<string>("fetch('/api/pictures?count=1').then(answer => answer.text())"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_picture_of_the_unedited_layout_stands_beside_that_of_the_edited_one()
    {
        var page = await Ready("/");
        await Prompt(page, "a street by day");
        await page.GetByRole(AriaRole.Link, new() { Name = "Layout editor" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Mirror" }).ClickAsync();
        await page.Locator("ol li", new() { HasTextString = "mirror" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Generate both" }).ClickAsync();
        await page.Locator("[data-before] img[alt^=Result]").WaitForAsync(new() { Timeout = Patience });
        await page.Locator("[data-after] img[alt^=Result]").WaitForAsync(new() { Timeout = Patience });
        var before = await page.Locator("[data-before]").GetAttributeAsync("data-before");
        var after = await page.Locator("[data-after]").GetAttributeAsync("data-after");
        Assert.NotEqual(before, after);
        await StudioBrowser.Shoot(page, "before-after");

        await page.Locator("#live").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Upside down" }).ClickAsync();
        await page.Locator($"figure[data-after]:not([data-after='{after}']) img[alt^=Result]").WaitForAsync(new() { Timeout = Patience });
        await Assertions.Expect(page.Locator("[data-before]")).ToHaveAttributeAsync("data-before", before!);
    }

    [Fact]
    public async Task The_history_survives_a_restart_and_its_settings_are_used_again()
    {
        var page = await Ready("/");
        await Prompt(page, "a street at dusk in rain");
        await page.Locator("#seed").FillAsync("77");
        await page.Locator("#seed").BlurAsync();
        await Generate(page);
        await Done(page);
        await browser.Restart();
        page = await browser.Open("/gallery");
        await page.GetByLabel("Search by words of the prompt").FillAsync("dusk rain");
        await page.Locator(".tile").First.WaitForAsync();
        await page.Locator(".tile .open").First.ClickAsync();
        await page.Locator("dd", new() { HasTextString = "77" }).First.WaitForAsync();
        await page.GetByLabel("Search by words of the prompt").FillAsync("");
        await page.WaitForTimeoutAsync(400);
        await StudioBrowser.Shoot(page, "gallery");
        await page.GetByRole(AriaRole.Button, new() { Name = "Use these settings" }).ClickAsync();
        await Assertions.Expect(page.Locator("#prompt")).ToHaveValueAsync("a street at dusk in rain");
        await Assertions.Expect(page.Locator("#seed")).ToHaveValueAsync("77");
    }

    [Fact]
    public async Task A_data_set_is_looked_at_with_its_labels_checked_and_enlarged()
    {
        var page = await browser.Open("/datasets");
        await page.Locator("#set").SelectOptionAsync("streets");
        await page.Locator("[data-labels]").WaitForAsync(new() { Timeout = Patience });
        await page.Locator(".legend span").Nth(3).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await page.Locator("text=sound.").WaitForAsync(new() { Timeout = Patience });
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview four" }).ClickAsync();
        await page.Locator("[data-labels='4']").WaitForAsync(new() { Timeout = Patience });
        await page.Locator("#variants").FillAsync("1");
        await page.Locator("#limit").FillAsync("2");
        await page.Locator("#limit").BlurAsync();
        await page.Locator("[data-trial]").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make them" }).ClickAsync();
        await page.Locator("[data-made]").WaitForAsync(new() { Timeout = Patience });
        await StudioBrowser.Shoot(page, "datasets");
        var made = Assert.Single(Directory.GetDirectories(Path.Combine(browser.Gallery, "datasets")));

        await page.GetByRole(AriaRole.Button, new() { Name = "Look through them" }).ClickAsync();
        await page.Locator("[data-review='2']").WaitForAsync(new() { Timeout = Patience });
        await page.Locator("[data-report] td").First.WaitForAsync();
        var tile = page.Locator("[data-item]").First;
        var item = (await tile.GetAttributeAsync("data-item"))!;
        Assert.True(File.Exists(Path.Combine(made, item)));
        await tile.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        await page.Locator(".tile.review.rejected").WaitForAsync(new() { Timeout = Patience });
        Assert.False(File.Exists(Path.Combine(made, item)));
        await page.Locator("[data-item]").Last.GetByRole(AriaRole.Button, new() { Name = "Accept" }).ClickAsync();
        await page.Locator(".tile.review.accepted").WaitForAsync(new() { Timeout = Patience });
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
        await page.Locator("[data-verified=true]").WaitForAsync(new() { Timeout = Patience });
        await page.Locator("#review-title").ScrollIntoViewIfNeededAsync();
        await StudioBrowser.Shoot(page, "review");
        var found = await page.RunAxe();
        Assert.True(found.Violations.Length == 0, string.Join(", ", found.Violations.Select(one => one.Id)));
        await Pair(page, Path.GetFileName(made));
    }

    [Fact]
    public async Task A_picture_of_a_data_set_becomes_the_reference()
    {
        var page = await browser.Open("/datasets");
        await page.Locator("#set").SelectOptionAsync("streets");
        await page.Locator("[data-reference]").Nth(1).ClickAsync(new() { Timeout = Patience });
        await page.Locator(".components img").First.WaitForAsync(new() { Timeout = Patience });
        await Assertions.Expect(page.Locator("img.given")).ToHaveCountAsync(1);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_on_any_page(ColorScheme scheme)
    {
        foreach (var path in new[] { "/", "/grid", "/editor", "/gallery", "/datasets", "/training", "/model" })
        {
            var page = await browser.Open(path, scheme);
            var found = await page.RunAxe();
            var faults = found.Violations.Select(one =>
                $"{path}: {one.Id}, {one.Help}: {string.Join(" | ", one.Nodes.Take(4).Select(node => node.Html))}"
            );
            Assert.True(found.Violations.Length == 0, string.Join('\n', faults));
            await page.Context.CloseAsync();
        }
    }

    [Theory]
    [InlineData(820, 1180)]
    [InlineData(1280, 800)]
    public async Task Nothing_is_wider_than_a_tablet_or_a_small_screen(int width, int height)
    {
        foreach (var path in new[] { "/", "/grid", "/editor", "/gallery", "/datasets", "/training", "/model" })
        {
            var page = await browser.Open(path, ColorScheme.Dark, width, height);
            Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
            await page.Context.CloseAsync();
        }
    }

    [Fact]
    public async Task A_page_of_another_origin_does_nothing_here()
    {
        var page = await browser.Open();
        var before = await page.EvaluateAsync<string>("fetch('/api/jobs').then(answer => answer.text())");
        await page.Context.RouteAsync(
            "http://attacker.example/**",
            route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<p>hello</p>" })
        );
        var hostile = await page.Context.NewPageAsync();
        await hostile.GotoAsync("http://attacker.example/");
        var read = await hostile.EvaluateAsync<string>(
            """
            async address => {
              const body = JSON.stringify({ prompt: "from elsewhere" });
              for (const mode of ["no-cors", "cors"])
                await fetch(address + "/api/generations", { method: "POST", mode, body }).catch(() => null); // as text/plain
              return fetch(address + "/api/session").then(answer => answer.text()).catch(() => "nothing");
            }
            """,
            browser.Address
        );
        Assert.Equal("nothing", read);
        Assert.Equal(before, await page.EvaluateAsync<string>("fetch('/api/jobs').then(answer => answer.text())"));
    }

    private async Task<IPage> Ready(string path)
    {
        var page = await browser.Open(path);
        await Drop(page, StudioBrowser.SecondReference);
        await page.Locator(".components img").First.WaitForAsync(new() { Timeout = Patience });
        return page;
    }

    // Blazor listens to the element shortly after it is there, which no person notices; it then keeps a counter in it.
    private static async Task Drop(IPage page, string file)
    {
        await page.WaitForFunctionAsync("() => document.querySelector('input[type=file]')?._blazorInputFileNextFileId !== undefined");
        await page.Locator("input[type=file]").SetInputFilesAsync(file);
    }

    private static async Task Prompt(IPage page, string text)
    {
        await page.Locator("#prompt").FillAsync(text);
        await page.WaitForTimeoutAsync(150);
    }

    private static Task Generate(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Generate", Exact = true }).ClickAsync();

    private static async Task Done(IPage page)
    {
        await page.Locator(".live b").First.WaitForAsync(new() { Timeout = Patience });
        await page.Locator("[data-result]").First.WaitForAsync(new() { Timeout = Patience });
    }
}
